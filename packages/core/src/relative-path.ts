/** A path below the volume: not empty, no `..`, no NUL, normalised (`a/b`); `.` is the volume itself. */
export type RelativePath = string & { readonly __brand: 'RelativePath' }

/** Where an output goes: below the volume (the working directory), or an absolute path that was given explicitly. */
export type OutputPath = { readonly root: '/' | '.'; readonly path: RelativePath }

/** Parses a path below the volume. Throws a plain Error whose message completes "`--out` …". */
export function parseRelativePath(text: string): RelativePath {
  if (text === '') throw new Error('is empty')
  if (text.includes('\0')) throw new Error('contains a NUL byte')
  if (text.startsWith('/')) throw new Error(`must be relative to the volume, not absolute: '${text}'`)
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Error(`leaves the volume: '${text}'`)
  return (parts.join('/') || '.') as RelativePath
}

/** Parses the path of an output. Throws a plain Error whose message completes "`--out` …". */
export function parseOutputPath(text: string): OutputPath {
  if (!text.startsWith('/')) return { root: '.', path: parseRelativePath(text) }
  return { root: '/', path: parseRelativePath(`.${text}`) }
}

/** The path as the user wrote it, for messages. */
export function formatOutputPath({ root, path }: OutputPath): string {
  return root === '/' ? `/${path}` : path
}
