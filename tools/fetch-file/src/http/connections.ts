import { connect, connectToProxy, endpointOf, failedProxy, namingProxy, proxyLogin } from '@initbox/net'
import type { ProxyRule, TlsSettings } from '@initbox/net'
import { HttpClient, type Response } from './client.ts'
import type { Target } from './target.ts'

/** Requests over connections that net makes: TLS, proxies and their words are the same in every tool. */
export class Web {
  readonly #client: HttpClient
  readonly #rule: ProxyRule

  constructor(tls: TlsSettings, rule: ProxyRule) {
    this.#rule = rule
    this.#client = new HttpClient(async (url, signal) => {
      const proxy = rule(url)
      if (url.protocol === 'https:') return await connect(endpointOf(url), { tls, proxy, signal })
      return await (proxy === undefined ? connect(endpointOf(url), { signal }) : connectToProxy(proxy, tls.ca, signal))
    })
  }

  /** One request, without redirects. Throws NotReadyError where no answer comes, DeniedError where the proxy wants a login. */
  async request(
    { url, path }: Target,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const proxy = this.#rule(url)
    if (proxy === undefined) return await this.#client.request({ url, path, headers }, signal)
    const absolute = url.protocol === 'http:'
    const request = absolute
      ? { url, path: `${url.origin}${path}`, headers: { ...headers, ...Object.fromEntries(proxyLogin(proxy)) } }
      : { url, path, headers }
    const response = await this.#client.request(request, signal).catch((error: unknown) => {
      throw namingProxy(error, proxy)
    })
    if (!absolute) return response
    if (response.status !== 407) return { ...response, proxy: proxy.host }
    response.cancel()
    throw failedProxy(proxy, response.status, response.reason)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}
