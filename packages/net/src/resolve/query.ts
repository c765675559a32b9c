import { Resolver } from 'node:dns'
import { systemCode } from '@initbox/core'

export type QuerySettings = {
  readonly nameservers: readonly string[]
  /** Milliseconds for one try of one name server. */
  readonly timeout: number
  readonly attempts: number
}

/**
 * Asks name servers through c-ares, which, other than getaddrinfo, can be cancelled: the work's queries end with
 * ECANCELLED when the signal is aborted.
 */
export async function withResolver<T>(
  { nameservers, timeout, attempts }: QuerySettings,
  signal: AbortSignal,
  work: (resolver: Resolver) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const resolver = new Resolver({ timeout, tries: attempts })
  resolver.setServers(nameservers.map((server) => server))
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await work(resolver)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** The A and AAAA records of one full name, asked together. `code` is why there are none. */
export async function queryAddresses(
  resolver: Resolver,
  name: string,
): Promise<{ readonly addresses: readonly string[]; readonly code: string | undefined }> {
  const ask = (method: 'resolve4' | 'resolve6') =>
    new Promise<{ addresses: string[]; code?: string | undefined }>((resolve) => {
      resolver[method](name, (error, addresses) =>
        resolve(error === null ? { addresses } : { addresses: [], code: systemCode(error) ?? error.message }),
      )
    })
  const [four, six] = await Promise.all([ask('resolve4'), ask('resolve6')])
  // IPv6 first and then by turns (RFC 8305 §4): the one that does not work costs one connection delay at most.
  const longest = Math.max(four.addresses.length, six.addresses.length)
  const turns = Array.from({ length: longest }, (_, index) => [six.addresses[index], four.addresses[index]])
  const addresses = turns.flat().filter((address) => address !== undefined)
  // A failing server says more than "no records of this kind".
  const codes = [four.code, six.code].filter((code) => code !== undefined)
  const code = codes.find((each) => each !== 'ENODATA' && each !== 'ENOTFOUND') ?? codes[0]
  return { addresses, code: addresses.length > 0 ? undefined : code }
}
