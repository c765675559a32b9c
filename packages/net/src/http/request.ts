import type { Socket } from 'node:net'
import { RefusedError, version } from '@initbox/core'
import { connect, connectToProxy } from '../connect/connect.ts'
import { endpointOf } from '../endpoint.ts'
import { NotYet } from '../not-yet.ts'
import type { TlsSettings } from '../tls/settings.ts'
import { type Carrier, exchange, type Exchange, type Response } from './exchange.ts'
import { type Header, withDefaults } from './header.ts'
import { KeptConnection } from './kept-connection.ts'
import type { Pool } from './pool.ts'
import { failedProxy, namingProxy, proxyLogin, type ProxyRule } from './proxy.ts'
import { redirected } from './redirect.ts'

export type RequestSettings = {
  readonly method?: string
  /** They replace ours of the same name: Host, User-Agent, Accept, Connection. */
  readonly headers?: readonly Header[]
  readonly body?: string | Uint8Array | undefined
  readonly tls?: TlsSettings | undefined
  readonly proxy?: ProxyRule | undefined
  /** How many redirects to follow; none when not given. */
  readonly redirects?: number
  /** Keeps connections for further requests. */
  readonly pool?: Pool | undefined
  /** Ends the request, and the body that is being read. */
  readonly signal: AbortSignal
}

/** As `request` of the index. */
export async function request(url: URL, settings: RequestSettings): Promise<Response> {
  const { redirects = 0, method = 'GET', headers = [], body } = settings
  let next: Pick<Exchange, 'method' | 'url' | 'headers' | 'body'> = { method, url, headers, body }
  for (let hops = 0; ; hops++) {
    const response = await once(next, settings)
    const following = redirects === 0 ? undefined : after(next, response)
    if (following === undefined) return response
    discard(response)
    if (hops === redirects) {
      throw refused(
        new NotYet('redirects', `more than ${redirects} redirects, the last one to ${following.url.origin}`),
      )
    }
    next = following
  }
}

/** A redirect that must not be followed is not there by chance: no further try would help. */
function refused(cause: NotYet): RefusedError {
  return new RefusedError(cause.message, { hint: 'give the URL that the server wants to be asked', cause })
}

function after(sent: Parameters<typeof redirected>[0], response: Response): ReturnType<typeof redirected> {
  try {
    return redirected(sent, response)
  } catch (error) {
    throw error instanceof NotYet ? refused(error) : error
  }
}

/** One hop: the proxy is chosen for it alone. */
async function once(
  { method, url, headers, body }: Pick<Exchange, 'method' | 'url' | 'headers' | 'body'>,
  { proxy: rule, tls, pool, signal }: RequestSettings,
): Promise<Response> {
  const proxy = rule?.(url)
  const absolute = proxy !== undefined && url.protocol === 'http:'
  const ours: Header[] = [
    ['host', url.host],
    ['user-agent', `initbox/${version}`],
    ['accept', '*/*'],
    ['connection', pool === undefined ? 'close' : 'keep-alive'],
    ...(absolute ? proxyLogin(proxy) : []),
    ...(body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))] as const]),
  ]
  const wanted = { method, url, absolute, headers: withDefaults(headers, ours), body }
  const response = await send(wanted, proxy, { tls, pool, signal }).catch((error: unknown) => {
    throw proxy === undefined ? error : namingProxy(error, proxy)
  })
  if (absolute && response.status === 407) {
    discard(response)
    throw failedProxy(proxy, response.status, response.reason)
  }
  return response
}

type Means = Pick<RequestSettings, 'tls' | 'pool' | 'signal'>

async function send(wanted: Exchange, proxy: URL | undefined, { tls = {}, pool, signal }: Means): Promise<Response> {
  const open = async (): Promise<Socket> => {
    const secured = wanted.url.protocol === 'https:' ? tls : undefined
    const socket = await (wanted.absolute && proxy !== undefined
      ? connectToProxy(proxy, tls.ca, signal)
      : connect(endpointOf(wanted.url), { tls: secured, proxy, signal }))
    // A peer that is gone without a word must not leave a long answer open for ever.
    return socket.setKeepAlive(true, 10_000)
  }
  if (pool === undefined) {
    const socket = await open()
    return exchangeOn({ socket }, socket, wanted, signal)
  }
  const key = [wanted.url.origin, proxy?.href, tls.ca, tls.cert, tls.serverName, tls.insecure].join(' ')
  const kept = pool.take(key)
  if (kept !== undefined) {
    try {
      return await exchange({ agent: kept }, wanted, signal)
    } catch (error) {
      // A server may close an idle connection while the request is on its way (RFC 9112 §9.3.1).
      if (!isIdempotent(wanted.method) || !(error instanceof NotYet && error.state === 'closed')) throw error
    }
  }
  const socket = await open()
  const agent = new KeptConnection(socket)
  pool.add(key, agent)
  return exchangeOn({ agent }, socket, wanted, signal)
}

async function exchangeOn(carrier: Carrier, socket: Socket, wanted: Exchange, signal: AbortSignal): Promise<Response> {
  try {
    return await exchange(carrier, wanted, signal)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** RFC 9110 §9.2.2 */
function isIdempotent(method: string): boolean {
  return /^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(method)
}

/** A short body is read to its end, so that the connection can be used again; any other ends with its connection. */
export function discard({ headers, body }: Response): void {
  const length = Number(headers['content-length'] ?? Infinity)
  body.on('error', () => {})
  if (length <= 65_536) body.resume()
  else body.destroy()
}
