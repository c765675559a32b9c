/** A pattern below the volume: parts between slashes, `**` for any number of folders. */
export type Pattern = { readonly text: string; readonly parts: readonly (RegExp | '**')[] }

/** `*`, `?`, `[a-z]`, and `**` as a whole part. Throws a plain Error. */
export function parsePattern(text: string): Pattern {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  if (text.startsWith('/')) throw new Error('must lie below the volume, not be absolute')
  if (parts.includes('..')) throw new Error("must not contain '..'")
  if (parts.length === 0 || parts.at(-1) === '**')
    throw new Error('must not name the volume itself; end it with a name or *')
  return { text, parts: parts.map((part) => (part === '**' ? part : partPattern(part))) }
}

export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}

/** As a shell: a leading dot is only matched by a dot. */
export function partPattern(part: string): RegExp {
  const source = part.replaceAll(/\[(!?)([^\]/]+)\]|[*?]|[\\^$+.()|{}[\]]/g, (found, not: string, range: string) => {
    if (found === '*') return '[^/]*'
    if (found === '?') return '[^/]'
    if (range !== undefined) return `[${not === '' ? '' : '^'}${range.replaceAll(/[\\\]^[]/g, String.raw`\$&`)}]`
    return `\\${found}`
  })
  try {
    return new RegExp(`^${part.startsWith('.') ? '' : String.raw`(?!\.)`}${source}$`, 's')
  } catch {
    throw new Error('is no pattern: a range in it is the wrong way round')
  }
}
