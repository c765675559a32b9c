import fc from 'fast-check'
import { loadModule, scanSync } from 'libpg-query'
import { beforeAll, expect, test } from 'vitest'
import { Lexer } from './lexer.ts'

beforeAll(loadModule)

const tricky = [
  "'", "''", '"', '""', '$', '$$', '$a$', '$1', '$é$', "E'", "e'", "U&'", "B'", '--', '\n', '\r\n', '/*', '*/', '/', '*', '-',
  ';', '\\', "\\'", 'a', 'é', 'e', 'E', '1', '1.5', ' ', '\t', '(', ')', '::', 'a$b', '€', '😀', '@', '+',
] // prettier-ignore
const soup = fc.array(fc.constantFrom(...tricky), { maxLength: 40 }).map((parts) => parts.join(''))

/** Where PostgreSQL itself sees semicolons; undefined where its scanner refuses the text. */
function semicolonsOfPostgres(sql: string): number[] | undefined {
  try {
    const bytes = Buffer.from(sql)
    return scanSync(sql)
      .tokens.filter((token) => token.text === ';')
      .map((token) => bytes.subarray(0, token.start).toString().length)
  } catch {
    return undefined
  }
}

function semicolons(pieces: readonly string[]): { at: number[]; complete: boolean; psql: boolean } {
  const lexer = new Lexer()
  const at: number[] = []
  let psql = false
  const drain = (): void => {
    while (lexer.next()) {
      if (lexer.kind === 'semicolon') at.push(lexer.start)
      psql ||= lexer.kind === 'backslash'
    }
  }
  for (const piece of pieces) {
    lexer.feed(piece)
    drain()
    lexer.release(lexer.start)
  }
  lexer.finish()
  drain()
  return { at, complete: lexer.unterminated() === undefined, psql }
}

test('finds the semicolons that the scanner of PostgreSQL finds', () => {
  fc.assert(
    fc.property(soup, (sql) => {
      const expected = semicolonsOfPostgres(sql)
      fc.pre(expected !== undefined)
      const found = semicolons([sql])
      // A command of psql is the rest of its line, which PostgreSQL does not know.
      fc.pre(!found.psql)
      expect(found).toEqual({ at: expected, complete: true, psql: false })
    }),
    { numRuns: 4000 },
  )
})

test('finds the same wherever the text is cut into pieces', () => {
  fc.assert(
    fc.property(soup, fc.integer({ min: 1, max: 7 }), (sql, size) => {
      const cut = Array.from({ length: Math.ceil(sql.length / size) }, (_, index) =>
        sql.slice(index * size, (index + 1) * size),
      )
      expect(semicolons(cut)).toEqual(semicolons([sql]))
    }),
    { numRuns: 4000 },
  )
})

test.each([
  ["'a", "'"],
  ["E'a\\'", "\\'"],
  ['"a', '"'],
  ['$x$ $y$', '$x$'],
  ['/* /* */', '*/'],
])('%s is left open', (sql, closes) => {
  const lexer = new Lexer()
  lexer.feed(sql)
  lexer.finish()
  while (lexer.next());
  expect(lexer.unterminated()).toBe(closes)
})
