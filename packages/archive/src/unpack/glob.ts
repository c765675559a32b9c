/**
 * Compiles a pattern for the names in an archive: `*` and `?` within one name, `**` across folders, `[a-z]`, `{a,b}`.
 * Without a slash it is about the last name of a path at any depth, with one about the whole path; what matches a folder
 * matches all below it, and `a/**` is also `a`. Throws a plain Error that completes "`--include` …".
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const anchored = pattern.replace(/^\.?\//, '').replace(/\/$/, '')
  // Who leaves out `a/**` does not want an empty folder `a`.
  const body = translate(anchored.replace(/(?<=.)(\/\*\*)+$/, ''), pattern)
  const prefix = pattern.replace(/\/$/, '').includes('/') ? '' : '(?:.*/)?'
  const regex = new RegExp(`^${prefix}${body}(?:/.*)?$`, 'su')
  return (path) => regex.test(path)
}

function translate(text: string, pattern: string): string {
  if (text === '') throw new Error('must not be an empty pattern')
  let regex = ''
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '*' && text[at + 1] === '*') {
      // `**/` is also no folder at all.
      const withSlash = text[at + 2] === '/'
      regex += withSlash ? '(?:.*/)?' : '.*'
      at += withSlash ? 2 : 1
    } else if (char === '*') regex += '[^/]*'
    else if (char === '?') regex += '[^/]'
    else if (char === '[') {
      const end = text.indexOf(']', at + 2)
      if (end === -1) throw new Error(`has a [ without its ]: '${pattern}'`)
      const body = text.slice(at + 1, end).replace(/[\\\][^]/g, String.raw`\$&`)
      regex +=
        body.startsWith('!') || body.startsWith(String.raw`\^`) ? `[^/${body.replace(/^!|^\\\^/, '')}]` : `[${body}]`
      at = end
    } else if (char === '{') {
      depth++
      regex += '(?:'
    } else if (char === '}' && depth > 0) {
      depth--
      regex += ')'
    } else if (char === ',' && depth > 0) regex += '|'
    else regex += char.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`)
  }
  if (depth > 0) throw new Error(`has a { without its }: '${pattern}'`)
  return regex
}
