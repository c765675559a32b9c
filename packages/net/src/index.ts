import type { Response } from './http/exchange.ts'
import type { RequestSettings } from './http/request.ts'

export { connect, type ConnectSettings, connectToProxy, secure } from './connect/connect.ts'
export { race as firstOf } from './connect/race.ts'
export { type Endpoint, endpointOf, formatEndpoint, formatPlace, type Place } from './endpoint.ts'
export type { Response } from './http/exchange.ts'
export { basic, type Header, withDefaults } from './http/header.ts'
export { httpOptions } from './http/options.ts'
export { Pool } from './http/pool.ts'
export { failedProxy, namingProxy, parseProxy, proxyLogin, type ProxyRule, proxyRule } from './http/proxy.ts'
export { redirected } from './http/redirect.ts'
export type { RequestSettings } from './http/request.ts'
export { clip, excerptOf, failureOf, readBegin, readBody } from './http/response.ts'
export { connectedBut, NotYet } from './not-yet.ts'
export { formatCertificate } from './tls/certificate.ts'
export { caFileIn, tlsOptions, tlsSettings, type TlsSettings } from './tls/settings.ts'
export { garbled, Wire } from './wire/wire.ts'

/**
 * Sends an HTTP/1.1 request and returns the last answer with its body unread. As many redirects as are allowed are
 * followed: another origin gets no header of the user's, and none leads from https to http. Throws what `connect` throws,
 * NotYet for an answer that does not come, RefusedError for a redirect that is not followed, DeniedError when the proxy wants
 * another login. Loads node:http at its first call, and TLS only for https.
 */
export async function request(url: URL, settings: RequestSettings): Promise<Response> {
  return (await import('./http/request.ts')).request(url, settings)
}
