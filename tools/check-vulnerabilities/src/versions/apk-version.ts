import { compareNumbers } from './dpkg-version.ts'

const suffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']

type Version = {
  readonly numbers: readonly string[]
  readonly letter: string
  readonly suffixes: readonly { readonly rank: number; readonly number: string }[]
  readonly revision: string
}

/**
 * Order of Alpine's versions: `1.2.3a_rc1-r0` (apk-package(5), "version"). Undefined for what is no such version.
 * Negative when `a` is older.
 */
export function compareApk(a: string, b: string): number | undefined {
  const [left, right] = [parse(a), parse(b)]
  if (left === undefined || right === undefined) return undefined
  return (
    compareLists(left.numbers, right.numbers) ||
    Math.sign(left.letter.localeCompare(right.letter, 'en')) ||
    compareSuffixes(left.suffixes, right.suffixes) ||
    compareNumbers(left.revision, right.revision)
  )
}

function parse(text: string): Version | undefined {
  const [, numbers, letter = '', rest = '', revision = '0'] =
    /^(\d+(?:\.\d+)*)([a-z]?)((?:_[a-z]+\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?$/.exec(text) ?? []
  if (numbers === undefined) return undefined
  const found = [...rest.matchAll(/_([a-z]+)(\d*)/g)].map(([, name = '', number = '']) => ({
    rank: suffixes.indexOf(name),
    number,
  }))
  if (found.some(({ rank }) => rank < 0)) return undefined
  return { numbers: numbers.split('.'), letter, suffixes: found, revision }
}

/** The first number as such; each later one that begins with 0 as the digits of a fraction. */
function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at], b[at]]
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    const fraction = at > 0 && (left.startsWith('0') || right.startsWith('0'))
    const difference = fraction ? Number(left > right) - Number(left < right) : compareNumbers(left, right)
    if (difference !== 0) return difference
  }
  return 0
}

const none = suffixes.indexOf('')

function compareSuffixes(a: Version['suffixes'], b: Version['suffixes']): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const left = a[at] ?? { rank: none, number: '' }
    const right = b[at] ?? { rank: none, number: '' }
    const difference = left.rank - right.rank || compareNumbers(left.number, right.number)
    if (difference !== 0) return difference
  }
  return 0
}
