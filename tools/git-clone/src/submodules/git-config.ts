import { RefusedError } from '@initbox/core'

/** A variable of a file in git's own format (git-config(1), "CONFIGURATION FILE"), names in lower case. */
export type ConfigEntry = {
  readonly section: string
  /** What stands in quotes after the section, as it is; empty where nothing does. */
  readonly subsection: string
  readonly name: string
  readonly value: string
}

const header = /^\[([\w.-]+)(?:[ \t]+"((?:[^"\\\n]|\\[^\n])*)")?\]/
const variable = /^([A-Za-z][\w-]*)\s*(=?)/

/** Parses `.gitmodules` and `.lfsconfig`. Throws RefusedError with `file` and the line for what git would not read either. */
export function parseGitConfig(text: string, file: string): ConfigEntry[] {
  const entries: ConfigEntry[] = []
  let section = ''
  let subsection = ''
  let rest = text.replaceAll('\r\n', '\n').replace(/^\ufeff/, '')
  const fail = (): never => {
    const line = text.split('\n').length - rest.split('\n').length + 1
    throw new RefusedError(`${file} of the repository cannot be read: line ${line} is no line of git's configuration`)
  }
  for (;;) {
    rest = rest.replace(/^(\s+|[#;][^\n]*)+/, '')
    if (rest === '') return entries
    const [head, name, quoted = ''] = header.exec(rest) ?? []
    if (head !== undefined && name !== undefined) {
      section = name.toLowerCase()
      subsection = quoted.replaceAll(/\\(.)/gs, '$1')
      rest = rest.slice(head.length)
      continue
    }
    const [begin, key, equals] = variable.exec(rest) ?? []
    if (begin === undefined || key === undefined || section === '') return fail()
    const { value, length } = equals === '' ? { value: 'true', length: 0 } : readValue(rest.slice(begin.length), fail)
    entries.push({ section, subsection, name: key.toLowerCase(), value })
    rest = rest.slice(begin.length + length)
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\', '\n': '' }

/** A value up to the end of its line: quotes keep blanks and comments, a backslash at the end goes on. */
function readValue(text: string, fail: () => never): { readonly value: string; readonly length: number } {
  let value = ''
  /** How much of it stays when blanks at the end are cut. */
  let kept = 0
  let isQuoted = false
  let at = 0
  for (; at < text.length; at++) {
    const each = text[at] ?? ''
    if (each === '\n') {
      if (isQuoted) fail()
      break
    }
    if (each === '"') isQuoted = !isQuoted
    else if (each === '\\') {
      const escaped = escapes[text[++at] ?? '']
      value += escaped ?? fail()
    } else if ((each === '#' || each === ';') && !isQuoted) {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
      break
    } else if (isQuoted || !/\s/.test(each) || value !== '') value += each
    if (isQuoted || !/\s/.test(each)) kept = value.length
  }
  if (isQuoted) fail()
  return { value: value.slice(0, kept), length: at }
}
