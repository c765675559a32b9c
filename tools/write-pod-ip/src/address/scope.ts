/** What kind of address it is; a Pod's is global (private ranges too), and can be local only on purpose. */
export type Scope = 'global' | 'loopback' | 'link-local' | 'unspecified' | 'multicast' | 'broadcast' | 'IPv4-mapped'

/** Scopes that `--allow-local` lets pass; the others are no interface's address. */
export const localScopes: readonly Scope[] = ['loopback', 'link-local']

/** The scope of four bytes or eight groups (RFC 6890, RFC 4291 §2.4). */
export function scopeOf(parts: readonly number[]): Scope {
  const [first = 0, second = 0] = parts
  if (parts.length === 4) {
    if (first === 0) return 'unspecified'
    if (first === 127) return 'loopback'
    if (first === 169 && second === 254) return 'link-local'
    if (first >= 224 && first < 240) return 'multicast'
    return parts.every((part) => part === 255) ? 'broadcast' : 'global'
  }
  const zeros = parts.findIndex((part) => part !== 0)
  if (zeros === -1) return 'unspecified'
  if (zeros === 7 && parts[7] === 1) return 'loopback'
  if (zeros === 5 && parts[5] === 0xffff) return 'IPv4-mapped'
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  return (first & 0xff00) === 0xff00 ? 'multicast' : 'global'
}
