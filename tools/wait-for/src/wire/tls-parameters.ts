import { option, type Values } from '@initbox/core'

/** Parameters of every probe that can speak TLS. */
export const tlsParameters = {
  ca: option.path({ help: 'PEM file with the CA certificates to trust instead of the usual ones' }),
  sni: option.string({ help: 'Name to ask for and to check in the certificate, when it is not the host' }),
  cert: option.path({ help: 'PEM file with the client certificate' }),
  key: option.path({ help: 'PEM file with the key of the client certificate' }),
  fingerprint: option.string({ help: 'SHA-256 of the certificate in hex; pins it instead of checking who signed it' }),
  insecure: option.boolean({ help: 'Do not check the certificate at all' }),
}

export type TlsParameters = Values<typeof tlsParameters>
