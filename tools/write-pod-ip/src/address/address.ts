import { parseIPv4 } from './ipv4.ts'
import { formatIPv6, parseIPv6 } from './ipv6.ts'
import { type Scope, scopeOf } from './scope.ts'

/** An IP address in its one canonical form (RFC 5952 for IPv6), without zone or prefix length. */
export type Address = { readonly family: 4 | 6; readonly text: string; readonly scope: Scope }

/**
 * Parses one IP address, strictly: nothing around it, no zone, no /24, no leading zeros (Go and inet_aton disagree on
 * them). `node:net` could check the same and would cost a fifth of the start-up.
 */
export function parseAddress(text: string): Address | undefined {
  const four = parseIPv4(text)
  if (four !== undefined) return { family: 4, text: four.join('.'), scope: scopeOf(four) }
  const six = parseIPv6(text)
  return six === undefined ? undefined : { family: 6, text: formatIPv6(six), scope: scopeOf(six) }
}

/** The address as the host of a URL: IPv6 in brackets (RFC 3986 §3.2.2). */
export function inUrl({ family, text }: Pick<Address, 'family' | 'text'>): string {
  return family === 6 ? `[${text}]` : text
}
