import type { Ask } from '@initbox/aws'
import type { Context } from '@initbox/core'
import { caFileIn, proxyRule, type ProxyRule, type TlsSettings } from '@initbox/net'
import type { Given } from '../given.ts'
import type { HttpClient } from '../http/client.ts'

/** More than any answer with credentials. */
const longest = 256 * 1024

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

/** STS asked on that way. */
export function asking(http: HttpClient): Ask {
  return async (url, who, { method = 'GET', headers = {}, body }, signal) => {
    const wanted = { method, headers: Object.entries(headers), body, signal, limit: longest, what: `ask ${who}` }
    const { status, bytes } = await http.send(url, wanted)
    return { status, body: bytes.toString() }
  }
}
