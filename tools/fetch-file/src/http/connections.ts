import { type Context, decodePart } from '@initbox/core'
import { basic, connect, endpointOf, type ProxyRule, type TlsSettings } from '@initbox/net'
import { type Connect, HttpClient } from './client.ts'
import type { Target } from './target.ts'

/** Requests over connections that net makes: TLS, proxies and their words are the same in every tool. */
export type Web = {
  readonly client: HttpClient
  /** What goes into the request line. */
  readonly requestPath: (target: Target) => string
  /** Headers for the proxy, where one gets the request itself. */
  readonly proxyHeaders: (target: Target) => Readonly<Record<string, string>>
}

export function openWeb(tls: TlsSettings, rule: ProxyRule, _context: Context): Web {
  const open: Connect = async (url, signal) => {
    const proxy = rule(url)
    if (url.protocol === 'https:') return await connect(endpointOf(url), { tls, proxy, signal })
    const place = endpointOf(proxy ?? url)
    return await connect(place, { tls: proxy?.protocol === 'https:' ? { ca: tls.ca } : undefined, signal })
  }
  const plainProxy = ({ url }: Target): URL | undefined => (url.protocol === 'http:' ? rule(url) : undefined)
  return {
    client: new HttpClient(open),
    requestPath: (target) => (plainProxy(target) === undefined ? target.path : `${target.url.origin}${target.path}`),
    proxyHeaders: (target) => {
      const { username, password } = plainProxy(target) ?? { username: '', password: '' }
      if (username === '') return {}
      return { 'proxy-authorization': basic(decodePart(username), decodePart(password)) }
    },
  }
}
