import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { LookupError } from './lookup-error.ts'
import { resolve } from './resolve.ts'
import { ipFamily } from './ip-family.ts'

/**
 * A `lookup` for `net.connect`, `tls.connect`, `http.request` and undici's `connect`, whose pending answer ends with the
 * signal; dns.lookup's cannot be cancelled and delays the end of the process by up to 10 s.
 */
export function lookupUntil(signal: AbortSignal): LookupFunction {
  return (name, options, callback) => {
    const answer = async (): Promise<void> => {
      const found = await addressesOf(name, options.family, signal).catch((error: NodeJS.ErrnoException) => error)
      if (found instanceof Error) return callback(found, '')
      const [first] = found
      if (first === undefined) return callback(new LookupError(name, 'no addresses'), '')
      return options.all ? callback(null, found) : callback(null, first.address, first.family)
    }
    void answer()
  }
}

async function addressesOf(
  name: string,
  family: number | 'IPv4' | 'IPv6' | undefined,
  signal: AbortSignal,
): Promise<LookupAddress[]> {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0)
  const found = await resolve(name, signal)
  return found
    .map((address) => ({ address, family: ipFamily(address) }))
    .filter((each) => wanted === 0 || each.family === wanted)
}
