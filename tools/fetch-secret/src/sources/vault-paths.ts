/** What a path of Vault may not be: the server would read another one than was written. */
export function pathProblem(path: string): string | undefined {
  if (path.split('/').some((part) => part === '.' || part === '..')) return "'.' and '..' are no part of a path"
  if (path.startsWith('/') || path.includes('//')) return 'the path has a slash too many'
  return undefined
}

/** As it goes into a URL, with its `?`, or nothing. */
export function queryOf(query: ReadonlyMap<string, string>): string {
  return query.size === 0 ? '' : `?${String(new URLSearchParams([...query]))}`
}
