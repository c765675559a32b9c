import { option, type Values } from '@initbox/core'
import { caFileIn, type TlsSettings } from '@initbox/net'
import type { ProbeContext } from '../probes/probe.ts'

const fingerprint = option.of('sha256', (text) => {
  if (!/^([\da-f]{2}:?){31}[\da-f]{2}$/i.test(text))
    throw new Error('is no SHA-256 in hex: 64 digits, with or without colons')
  return text
})

/** Parameters of every probe that can speak TLS. */
export const tlsParameters = {
  ca: option.path({ help: 'PEM file with the CA certificates to trust instead of the usual ones' }),
  sni: option.string({ help: 'Name to ask for and to check in the certificate, when it is not the host' }),
  cert: option.path({ help: 'PEM file with the client certificate' }),
  key: option.path({ help: 'PEM file with the key of the client certificate' }),
  fingerprint: fingerprint({ help: 'SHA-256 of the certificate in hex; pins it instead of checking who signed it' }),
  insecure: option.boolean({ help: 'Do not check the certificate at all' }),
}

/** Parameters of a probe whose scheme does not say whether there is TLS. */
export const optionalTls = {
  ...tlsParameters,
  tls: option.boolean({ help: 'Use TLS; ca=, cert= and fingerprint= ask for it too' }),
}

const names = { ca: '?ca=', cert: '?cert=', key: '?key=', serverName: '?sni=' }

/** How to speak TLS. Throws a plain Error that completes "the target …" for a certificate without its key. */
export function tlsSettings(given: Values<typeof tlsParameters>, { environment }: ProbeContext): TlsSettings {
  const { ca, sni, cert, key, insecure } = given
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error('needs both cert= and key=, or neither (a key of redis or memcached is exists=NAME)')
  }
  return {
    ca: ca ?? caFileIn(environment),
    serverName: sni,
    cert,
    key,
    fingerprint: given.fingerprint,
    insecure,
    names,
  }
}

/** The same, or undefined when nothing asks for TLS. */
export function optionalTlsSettings(given: Values<typeof optionalTls>, context: ProbeContext): TlsSettings | undefined {
  const settings = tlsSettings(given, context)
  return given.tls || (given.ca ?? given.cert ?? given.fingerprint) !== undefined ? settings : undefined
}
