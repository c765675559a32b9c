import { isIP, type Socket } from 'node:net'
import { NotYet } from '../not-yet.ts'
import type { Endpoint } from '../target.ts'
import { connectTo } from './connect.ts'

/**
 * Connects to a host by name or address: every address that it has is tried, IPv6 and IPv4 by turns (RFC 8305). Throws
 * NotYet when there is no connection; ends with the signal, also while the name server is silent.
 */
export async function dial({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  // The usual cases must not load the resolver.
  const addresses = isIP(host) !== 0 ? [host] : await addressesOf(host, signal)
  const [first] = addresses
  if (first !== undefined && addresses.length === 1) return connectTo({ host: first, port }, signal)
  const { race } = await import('./race.ts')
  return race(
    addresses.map((address) => (attempt: AbortSignal) => connectTo({ host: address, port }, attempt)),
    signal,
  )
}

async function addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const { resolve, LookupError } = await import('@initbox/core/resolve')
  try {
    return await resolve(host, signal)
  } catch (error) {
    if (!(error instanceof LookupError)) throw error
    throw new NotYet(error.state, error.message, { gone: error.code === 'ENOTFOUND', cause: error })
  }
}
