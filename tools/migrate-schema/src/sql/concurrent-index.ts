import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'

/** What CREATE INDEX CONCURRENTLY builds, as written in the statement, quotes and all. */
export type ConcurrentIndex = { readonly index: string | undefined; readonly table: string }

/** Reads `CREATE [UNIQUE] INDEX CONCURRENTLY [[IF NOT EXISTS] name] ON [ONLY] table`; undefined for any other statement. */
export function readConcurrentIndex({ text, head }: Statement): ConcurrentIndex | undefined {
  const at = head[1] === 'unique' ? 2 : 1
  if (head[0] !== 'create' || head[at] !== 'index' || head[at + 1] !== 'concurrently') return undefined
  const words = namesOf(text).slice(at + 2)
  const skip = (...expected: string[]): void => {
    if (expected.every((word, index) => words[index]?.toLowerCase() === word)) words.splice(0, expected.length)
  }
  skip('if', 'not', 'exists')
  const index = words[0]?.toLowerCase() === 'on' ? undefined : words.shift()
  skip('on')
  skip('only')
  const table = words[0]
  return table === undefined ? undefined : { index, table }
}

/** What REINDEX CONCURRENTLY builds again; `name` as written, undefined for the whole database. */
export type ConcurrentReindex = {
  readonly what: 'index' | 'table' | 'schema' | 'database'
  readonly name: string | undefined
}

/** Reads `REINDEX [(…)] INDEX|TABLE|SCHEMA|DATABASE [CONCURRENTLY] [name]`, concurrent by either spelling; undefined for any other statement. */
export function readConcurrentReindex({ text, head }: Statement): ConcurrentReindex | undefined {
  const what = (['index', 'table', 'schema', 'database'] as const).find((each) => each === head[1])
  if (head[0] !== 'reindex' || what === undefined || !/\bconcurrently\b/i.test(text)) return undefined
  const name = namesOf(text)
    .slice(2)
    .find((word) => word.toLowerCase() !== 'concurrently')
  return name === undefined && what !== 'database' ? undefined : { what, name }
}

/** Words and quoted names outside parentheses; parts joined by dots count as one. */
function namesOf(text: string): string[] {
  const lexer = new Lexer()
  lexer.feed(text)
  lexer.finish()
  const names: string[] = []
  let joins = false
  let depth = 0
  while (lexer.next()) {
    if (lexer.kind === 'open') depth++
    else if (lexer.kind === 'close') depth--
    if (depth > 0 || lexer.kind === 'close' || lexer.kind === 'comment') continue
    const part = lexer.slice(lexer.start, lexer.end)
    const touches = part === '.' || joins
    if (touches && names.length > 0) names.push(`${names.pop()}${part}`)
    else names.push(part)
    joins = part === '.'
  }
  return names
}
