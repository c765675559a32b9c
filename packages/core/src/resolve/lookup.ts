import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { resolve } from './resolve.ts'

/**
 * A `lookup` for `net.connect`, `tls.connect`, `http.request` and undici's `connect`, whose pending answer ends with the
 * signal; dns.lookup's cannot be cancelled and delays the end of the process by up to 10 s.
 */
export function lookupUntil(signal: AbortSignal): LookupFunction {
  return (name, { all, family }, callback) => {
    resolve(name, signal).then(
      (found) => {
        const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0)
        const addresses: LookupAddress[] = found
          .map((address) => ({ address, family: isIP(address) }))
          .filter((each) => wanted === 0 || each.family === wanted)
        const [first] = addresses
        if (first === undefined)
          callback(Object.assign(new Error(`${name} has no such address`), { code: 'ENOTFOUND' }), '')
        else if (all) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }
}
