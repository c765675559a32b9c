import { compare as comparePep440, valid as validPep440 } from '@renovatebot/pep440'
import { compare as compareSemver, parse as parseSemver, type SemVer } from 'semver'
import { compareApk } from './apk-version.ts'
import { compareDpkg } from './dpkg-version.ts'

/** Negative when `a` is older, undefined where one of the two is no version of this ecosystem. */
export type Compare = (a: string, b: string) => number | undefined

/**
 * SemVer 2.0, as npm, Go and Cargo order versions. Records also say `1.2` or `1.16.0-0`, and Go's versions may end in
 * `+incompatible`, which orders nothing.
 */
const semver: Compare = (a, b) => {
  const [left, right] = [toSemver(a), toSemver(b)]
  return left === undefined || right === undefined ? undefined : compareSemver(left, right)
}

function toSemver(text: string): SemVer | undefined {
  const [, numbers, rest = ''] = /^[v=]?(\d+(?:\.\d+){0,2})((?:[-+].*)?)$/.exec(text) ?? []
  if (numbers === undefined) return undefined
  const missing = 3 - numbers.split('.').length
  return parseSemver(numbers + '.0'.repeat(missing) + rest, { loose: true }) ?? undefined
}

const pep440: Compare = (a, b) => {
  if (validPep440(a) === null || validPep440(b) === null) return undefined
  return comparePep440(a, b)
}

/** How each ecosystem orders its versions, by the part of its name before the release. */
const orders: Readonly<Record<string, Compare>> = {
  npm: semver,
  Go: semver,
  'crates.io': semver,
  Hex: semver,
  Pub: semver,
  PyPI: pep440,
  Debian: compareDpkg,
  Ubuntu: compareDpkg,
  Alpine: compareApk,
}

/** The order of an ecosystem's versions, or undefined where none is known here. */
export function orderOf(ecosystem: string): Compare | undefined {
  const [family = ''] = ecosystem.split(':')
  return Object.hasOwn(orders, family) ? orders[family] : undefined
}

export const semverOrder = semver
