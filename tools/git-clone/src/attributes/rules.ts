import { patternTest } from './pattern.ts'

/** What an attribute is: set, unset or a value. One that nobody mentions, or that is `!name`, is not there. */
export type Attributes = ReadonlyMap<string, true | false | string>

type Setting = readonly [name: string, value: true | false | string | undefined]
type Rule = { readonly matches: (path: string) => boolean; readonly settings: readonly Setting[] }
/** The rules of one file, and the folder in which it lies, empty for the top. */
type RuleFile = { readonly folder: string; readonly rules: readonly Rule[] }

/** git ignores lines that are longer (attr.h). */
const LONGEST_LINE = 2_048

/** All `.gitattributes` of a tree (gitattributes). Paths are binary strings. */
export class AttributeRules {
  readonly #files: RuleFile[] = []
  readonly #macros = new Map<string, readonly Setting[]>([
    [
      'binary',
      [
        ['diff', false],
        ['merge', false],
        ['text', false],
      ],
    ],
  ])
  /** All names that some rule mentions. */
  readonly names = new Set<string>()

  add(folder: string, content: Buffer): void {
    const rules: Rule[] = []
    for (const line of content
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
      .split('\n')) {
      if (line.length > LONGEST_LINE) continue
      const parsed = parseLine(line.replace(/\r$/, ''))
      if (parsed === undefined) continue
      for (const [name] of parsed.settings) this.names.add(name)
      const [, macro] = /^\[attr\](.+)$/.exec(parsed.pattern) ?? []
      if (macro !== undefined) {
        if (folder === '') this.#macros.set(macro, parsed.settings)
        continue
      }
      const matches = patternTest(parsed.pattern)
      if (matches !== undefined) rules.push({ matches, settings: parsed.settings })
    }
    this.#files.push({ folder, rules })
    // Those nearer to a path count more, and come later.
    this.#files.sort((one, other) => one.folder.length - other.folder.length)
  }

  of(path: string): Attributes {
    const found = new Map<string, true | false | string>()
    for (const { folder, rules } of this.#files) {
      if (folder !== '' && !path.startsWith(`${folder}/`)) continue
      const below = folder === '' ? path : path.slice(folder.length + 1)
      for (const { matches, settings } of rules) if (matches(below)) this.#apply(settings, found, 0)
    }
    return found
  }

  #apply(settings: readonly Setting[], found: Map<string, true | false | string>, depth: number): void {
    for (const [name, value] of settings) {
      if (value === undefined) found.delete(name)
      else found.set(name, value)
      const macro = this.#macros.get(name)
      if (macro !== undefined && value === true && depth < 10) this.#apply(macro, found, depth + 1)
    }
  }
}

function parseLine(line: string): { readonly pattern: string; readonly settings: readonly Setting[] } | undefined {
  const text = line.replace(/^[ \t]+/, '')
  if (text === '' || text.startsWith('#')) return undefined
  const [whole = '', quoted, plain = ''] = /^(?:"((?:[^"\\]|\\.)*)"|([^ \t]+))/.exec(text) ?? []
  const words = text.slice(whole.length).split(/[ \t]+/)
  return {
    pattern: quoted === undefined ? plain : unquoted(quoted),
    settings: words.filter((word) => word !== '').map(parseSetting),
  }
}

function parseSetting(word: string): Setting {
  if (word.startsWith('-')) return [word.slice(1), false]
  if (word.startsWith('!')) return [word.slice(1), undefined]
  const equals = word.indexOf('=')
  return equals === -1 ? [word, true] : [word.slice(0, equals), word.slice(equals + 1)]
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** A C string, as git quotes names. */
function unquoted(text: string): string {
  return text.replaceAll(/\\([0-3][0-7]{2}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  )
}
