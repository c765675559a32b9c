import { parseIPv4 } from './ipv4.ts'

/** The eight groups of an IPv6 address (RFC 4291 §2.2), or undefined. */
export function parseIPv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  if (tail === undefined || head.length + tail.length > 7) return undefined
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

/** Groups between colons; the last of the address may be an IPv4 address, which is two groups. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    const four = last && index === parts.length - 1 ? parseIPv4(part) : undefined
    if (four !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = four
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** The canonical text of eight groups: lower case, no leading zeros, the first longest run of zeros as `::` (RFC 5952 §4). */
export function formatIPv6(groups: readonly number[]): string {
  let start = -1
  let length = 1 // a single zero group is not shortened
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && groups[to] === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
  }
  const hex = groups.map((group) => group.toString(16))
  if (start === -1) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}
