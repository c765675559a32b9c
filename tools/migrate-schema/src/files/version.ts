/** A version in its one form: `001` is `1`, `1_2` and `1.02` are `1.2`, `1.0` is `1`; so equal versions are equal strings. */
export type Version = string & { readonly __brand: 'Version' }

/** Parses digits with `.` or `_` between them, as Flyway does; undefined when the text is anything else. */
export function parseVersion(text: string): Version | undefined {
  if (!/^\d+([._]\d+)*$/.test(text)) return undefined
  const parts = text.split(/[._]/).map((part) => part.replace(/^0+(?=\d)/, ''))
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop()
  return parts.join('.') as Version
}

/** Order of versions: part by part as numbers of any length, a missing part counts as zero. */
export function compareVersions(a: Version, b: Version): number {
  if (!a.includes('.') && !b.includes('.')) return compareDigits(a, b)
  const left = a.split('.')
  const right = b.split('.')
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareDigits(left[index] ?? '0', right[index] ?? '0')
    if (order !== 0) return order
  }
  return 0
}

/** Whether the version is the other one or comes before it; what has no version is not. */
export function isAtMost(version: Version | undefined, newest: Version): boolean {
  return version !== undefined && compareVersions(version, newest) <= 0
}

function compareDigits(a: string, b: string): number {
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length
}
