import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Endpoint, endpointOf, formatEndpoint, type Place } from '../endpoint.ts'
import { NotYet } from '../not-yet.ts'
import type { TlsSettings } from '../tls/settings.ts'
import { openSocket } from './open-socket.ts'
import { ipFamily } from '../resolve/ip-family.ts'

export type ConnectSettings = {
  /** TLS on top of the connection, when given. */
  readonly tls?: TlsSettings | undefined
  /** An HTTP proxy that makes a tunnel (CONNECT, RFC 9110 §9.3.6). */
  readonly proxy?: URL | undefined
  readonly signal: AbortSignal
}

/**
 * Connects to a host by name or address, or to a Unix socket: every address that a name has is tried, IPv6 and IPv4 by
 * turns (RFC 8305). Throws NotYet when there is no connection, what `secure` throws when TLS does not come about, and the
 * signal's reason as soon as it is aborted, also while the name server is silent. What it does not need it does not load:
 * an address without TLS costs node:net alone.
 */
export function connect(place: Endpoint, settings: ConnectSettings & { readonly tls: TlsSettings }): Promise<TLSSocket>
export function connect(place: Place, settings: ConnectSettings): Promise<Socket>
export async function connect(place: Place, { tls, proxy, signal }: ConnectSettings): Promise<Socket> {
  if (!('host' in place)) return openSocket(place, signal)
  if (tls === undefined && proxy === undefined) return dial(place, signal)
  const socket = proxy === undefined ? await dial(place, signal) : await connectToProxy(proxy, tls?.ca, signal)
  try {
    if (proxy !== undefined) await (await import('./tunnel.ts')).tunnel(socket, place, proxy, signal)
    return tls === undefined ? socket : await secure(socket, place, tls, signal)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Connects to a proxy itself, by TLS where its URL says so. */
export async function connectToProxy(proxy: URL, ca: string | undefined, signal: AbortSignal): Promise<Socket> {
  const endpoint = endpointOf(proxy)
  try {
    return await connect(endpoint, { tls: proxy.protocol === 'https:' ? { ca } : undefined, signal })
  } catch (error) {
    // Who reads "connection refused" looks at the server first.
    if (!(error instanceof NotYet)) throw error
    const { state, message, hint } = error
    throw new NotYet(state, `the proxy ${formatEndpoint(endpoint)}: ${message}`, { hint, cause: error })
  }
}

/**
 * TLS on top of an open connection, which is destroyed when it does not come about. Throws RefusedError (exit 5) for a
 * certificate that is not accepted, DeniedError (3) when the server wants another client, UsageError (2) or
 * NotFoundError (4) for files that cannot be used, and NotYet when the other side speaks no TLS or ends it. The same
 * errors come from the socket later, where the server looks at the client only after the handshake (TLS 1.3).
 */
export async function secure(
  socket: Socket,
  endpoint: Endpoint,
  tls: TlsSettings,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { handshake } = await import('../tls/handshake.ts')
  return handshake(socket, endpoint, tls, signal)
}

async function dial({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  // The usual cases must not load the resolver.
  const addresses = ipFamily(host) !== 0 ? [host] : await addressesOf(host, signal)
  const [first] = addresses
  if (first !== undefined && addresses.length === 1) return openSocket({ host: first, port }, signal)
  const { race } = await import('./race.ts')
  return race(
    addresses.map((address) => (attempt: AbortSignal) => openSocket({ host: address, port }, attempt)),
    signal,
  )
}

async function addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const { resolve, LookupError } = await import('../resolve/index.ts')
  try {
    return await resolve(host, signal)
  } catch (error) {
    if (!(error instanceof LookupError)) throw error
    throw new NotYet(error.state, error.message, { gone: error.code === 'ENOTFOUND', cause: error })
  }
}
