import { type Context } from '@initbox/core'
import { caFileIn, proxyRule, type ProxyRule, type TlsSettings } from '@initbox/net'
import type { Given } from '../given.ts'

/**
 * How AWS is reached, its STS too. `$AWS_CA_BUNDLE` is for AWS, as everywhere; `--tls-ca` is Vault's in a run that has one,
 * and its client certificate and name are nobody else's.
 */
export function wayToAws(
  given: Given,
  { environment, redactor }: Context,
): { readonly tls: TlsSettings; readonly proxy: ProxyRule } {
  const ca = environment['AWS_CA_BUNDLE'] || (given.vaultAddr === undefined ? given.tlsCa : undefined)
  return { tls: { ca: ca ?? caFileIn(environment) }, proxy: proxyRule(given.proxy, environment, redactor) }
}
