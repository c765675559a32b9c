import fc from 'fast-check'
import { loadModule, parseSync, scanSync } from 'libpg-query'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Part, SqlSyntaxError, withRows } from './statement.ts'
import { Splitter, splitSql } from './splitter.ts'

beforeAll(loadModule)

/** Statements that PostgreSQL's parser accepts and that are easy to split wrongly. */
const statements = [
  'SELECT 1',
  "SELECT ';', 'it''s', \"semi;colon\"",
  "SELECT E'\\';', 'b', E'a'\n'\\';'",
  "SELECT U&'d\\0061t;a', N'x;', B'01', X'1F'",
  'SELECT $$;$$, $a$ $$;$$ $a$, $é$;$é$',
  'SELECT 1 /* ; /* ; */ ; */ + 2 -- ;',
  'SELECT a$b FROM t AS "x;y"',
  'CREATE TABLE t (id int DEFAULT 1, CHECK (id > 0))',
  'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM 1; RETURN new; END; $f$',
  'CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 2 ELSE 3 END; SELECT 4; END',
  'CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); SELECT t.end, 1 AS "end", 2 AS end FROM t; END',
  'CREATE FUNCTION f(begin int, atomic int) RETURNS int LANGUAGE sql RETURN 1',
  'CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)',
  'CREATE RULE r AS ON UPDATE TO t DO INSTEAD (INSERT INTO u VALUES ((1), (2)); DELETE FROM u WHERE (a IN (SELECT (1))))',
  "DO $$ BEGIN EXECUTE 'SELECT 1;'; END $$",
  'BEGIN',
  'END',
  "COPY t (a) FROM '/tmp/x;y'",
  "INSERT INTO t VALUES (1, 'a;b'), (2, NULL)",
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING gin (a)',
]
const separators = [';', ' ;\n', ';;', '; -- c ;\n', ';\n/* ; */\n', '\n;\r\n']
const script = fc
  .array(fc.tuple(fc.constantFrom(...statements), fc.constantFrom(...separators)), { maxLength: 8 })
  .map((parts) => parts.map(([statement, separator]) => `${statement}\n${separator}`).join(''))

/** The tokens of a text without comments: what a statement says, however it is laid out. */
function tokens(sql: string): string[] {
  return scanSync(sql)
    .tokens.filter(({ tokenName }) => !tokenName.endsWith('_COMMENT'))
    .map(({ text }) => text)
}

test('splits where the parser of PostgreSQL splits', () => {
  fc.assert(
    fc.property(script, (sql) => {
      const bytes = Buffer.from(sql)
      fc.pre(sql !== '')
      const expected = (parseSync(sql).stmts ?? []).map(({ stmt_location: start = 0, stmt_len: length }) =>
        tokens(bytes.subarray(start, length ? start + length : undefined).toString()),
      )
      expect(splitSql(sql).map(({ text }) => tokens(text))).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test('splits the same whatever the size of the pieces, and tells where each statement stands', () => {
  fc.assert(
    fc.property(script, fc.integer({ min: 1, max: 50 }), (sql, size) => {
      const splitter = new Splitter()
      const parts = []
      for (let at = 0; at < sql.length; at += size) parts.push(...splitter.push(sql.slice(at, at + size)))
      parts.push(...splitter.end())
      const found = [...withRows(parts.values())]
      expect(found).toEqual(splitSql(sql))
      const lines = sql.split('\n')
      for (const { text, line, column } of found) {
        expect(
          lines
            .slice(line - 1)
            .join('\n')
            .slice(column - 1)
            .startsWith(text),
        ).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

test('the rows of COPY come apart from the statements, whatever the size of the pieces', () => {
  const row = fc.constantFrom("1\t;'", '\\.x', ' \\.', '\\\\.', '', 'é😀\t$$', '-- (')
  const copy = fc.tuple(fc.array(row), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 40 }), fc.boolean())
  fc.assert(
    fc.property(copy, ([rows, lineEnd, size, marked]) => {
      const lines = rows.map((each) => `${each}${lineEnd}`).join('')
      const end = marked ? `\\.${lineEnd}  SELECT 2` : ''
      const sql = `\\restrict x\nSELECT 1;\nCOPY t FROM stdin; ${lineEnd}${lines}${end}`
      const splitter = new Splitter()
      const parts: Part[] = []
      for (let at = 0; at < sql.length; at += size) parts.push(...splitter.push(sql.slice(at, at + size)))
      parts.push(...splitter.end())
      const found = [...withRows(parts.values())].map(({ text, line, column }) => [text, line, column])
      const last = marked ? [['SELECT 2', 5 + rows.length, 3]] : []
      expect(found).toEqual([['SELECT 1', 2, 1], ['COPY t FROM stdin', 3, 1], ...last])
      expect(parts.map((part) => ('last' in part ? part.rows : '')).join('')).toBe(lines)
    }),
    { numRuns: 1_000 },
  )
})

describe('refuses what no server understands', () => {
  test.each([
    [
      'SELECT 1;\n\\connect other',
      2,
      1,
      '\\connect is a command of psql, not SQL: all migrations run in the database of --url; take it out',
    ],
    ["SELECT 1;\n SELECT 'a\n", 2, 9, 'a quoted string is not closed before the end of the file'],
    ['SELECT $body$ x $$', 1, 8, 'a string quoted with $body$ is not closed before the end of the file'],
    ['/* a /* b */', 1, 1, 'a block comment is not closed before the end of the file'],
    ['COPY t TO STDOUT', 1, 1, 'COPY TO stdout has nobody here who reads the rows; take it out'],
    [
      'COPY t FROM stdin; SELECT 1;',
      1,
      19,
      'the rows of COPY begin on the line behind it, and nothing stands before them',
    ],
    ['\n\\i other.sql', 2, 1, '\\i is a command of psql, not SQL: put what it includes into a file of its own'],
    [
      '\\set x 1',
      1,
      1,
      '\\set is a command of psql, not SQL: write ${name} where the value is wanted, and give it with --var',
    ],
    ['\\gexec', 1, 1, '\\gexec is a command of psql, not SQL: take it out'],
    ['SELECT 1 \\restrict a\n', 1, 10, '\\restrict is a command of psql, not SQL: take it out'],
    ['1;\n\\.\n', 2, 1, '\\. is a command of psql, not SQL: no COPY … FROM stdin stands before it'],
  ])('%j', (sql, line, column, message) => {
    expect(failureOf(sql)).toEqual({ message, line, column })
  })
})

function failureOf(sql: string): unknown {
  try {
    return splitSql(sql)
  } catch (error) {
    return error instanceof SqlSyntaxError ? { message: error.message, line: error.line, column: error.column } : error
  }
}
