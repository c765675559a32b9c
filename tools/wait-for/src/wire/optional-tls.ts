import { option } from '@initbox/core'
import type { TlsSettings } from './tls.ts'
import { tlsParameters } from './tls-parameters.ts'

/** Parameters of a probe whose scheme does not say whether there is TLS. */
export const optionalTls = {
  ...tlsParameters,
  tls: option.boolean({ help: 'Use TLS; ca=, cert= and fingerprint= ask for it too' }),
}

/** How to use TLS, or undefined when nothing asks for it. */
export function tlsOf(given: TlsSettings & { readonly tls: boolean }): TlsSettings | undefined {
  return given.tls || (given.ca ?? given.cert ?? given.fingerprint) !== undefined ? given : undefined
}
