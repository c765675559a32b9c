/**
 * Order of Debian's versions: `[epoch:]upstream[-revision]`, compared as deb-version(7) and Debian Policy §5.6.12 say.
 * Negative when `a` is older.
 */
export function compareDpkg(a: string, b: string): number {
  const [left, right] = [split(a), split(b)]
  return (
    left.epoch - right.epoch || comparePart(left.upstream, right.upstream) || comparePart(left.revision, right.revision)
  )
}

type Version = { readonly epoch: number; readonly upstream: string; readonly revision: string }

function split(text: string): Version {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text) ?? []
  const dash = rest.lastIndexOf('-')
  if (dash < 0) return { epoch: Number(epoch), upstream: rest, revision: '' }
  return { epoch: Number(epoch), upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) }
}

/** Runs of other characters and runs of digits in turn, from the left. */
function comparePart(a: string, b: string): number {
  let [left, right] = [a, b]
  while (left !== '' || right !== '') {
    const [word, other] = [/^\D*/.exec(left)?.[0] ?? '', /^\D*/.exec(right)?.[0] ?? '']
    const words = compareWords(word, other)
    if (words !== 0) return words
    left = left.slice(word.length)
    right = right.slice(other.length)
    const [digits, others] = [/^\d*/.exec(left)?.[0] ?? '', /^\d*/.exec(right)?.[0] ?? '']
    const numbers = compareNumbers(digits, others)
    if (numbers !== 0) return numbers
    left = left.slice(digits.length)
    right = right.slice(others.length)
  }
  return 0
}

/** `~` comes before the end, the end before letters, letters before all else. */
function compareWords(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = weight(a[at]) - weight(b[at])
    if (difference !== 0) return difference
  }
  return 0
}

function weight(character: string | undefined): number {
  if (character === undefined) return 0
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}

/** Of any length. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  if (left.length !== right.length) return left.length - right.length
  if (left === right) return 0
  return left < right ? -1 : 1
}
