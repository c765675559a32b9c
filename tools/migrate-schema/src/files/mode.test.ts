import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { readFolder } from './folder.ts'
import { readyFile, type ReadyFile } from './mode.ts'

useVolume()

function ready(sql: string, { name = '001_a.sql', values = {} as Record<string, string> } = {}): ReadyFile {
  writeFileSync(name, sql)
  const [file] = readFolder('.')
  if (file === undefined) throw new Error('no file')
  return readyFile(file, { placeholders: new Map(Object.entries(values)), maxStatementSize: 1e6 })
}

function read(sql: string, options = {}): { mode: string; statements: string[] } {
  const { mode, statements } = ready(sql, options)
  return { mode, statements: [...statements()].map(({ text }) => text) }
}

describe('files of every layout are read as they are', () => {
  test.each([
    ['plain', 'SELECT 1; SELECT 2;', 'transaction', ['SELECT 1', 'SELECT 2']],
    ['a transaction of its own', 'BEGIN;\nSELECT 1;\nCOMMIT;\n', 'transaction', ['SELECT 1']],
    ['one statement that needs no transaction', 'VACUUM t;', 'steps', ['VACUUM t']],
    ['no-transaction', '-- why\n-- no-transaction\nSELECT 1', 'steps', ['SELECT 1']],
    ['dbmate', '-- migrate:up\nSELECT 1;\n\n-- migrate:down\nSELECT 2;\n', 'transaction', ['SELECT 1']],
    [
      'dbmate without transaction',
      '-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\n',
      'steps',
      ['SELECT 1'],
    ],
    [
      'goose',
      '-- +goose Up\n-- +goose StatementBegin\nSELECT $$;$$;\n-- +goose StatementEnd\n-- +goose Down\nSELECT 2;\n',
      'transaction',
      ['SELECT $$;$$'],
    ],
    [
      'goose without transaction',
      '-- +goose NO TRANSACTION\n-- +goose up\nSELECT 1;\n-- +goose Down',
      'steps',
      ['SELECT 1'],
    ],
  ])('%s', (_, sql, mode, statements) => {
    expect(read(sql)).toEqual({ mode, statements })
  })

  test("Flyway's script configuration", () => {
    writeFileSync('V1__a.sql.conf', 'executeInTransaction=false\n')
    expect(read('SELECT 1', { name: 'V1__a.sql' }).mode).toBe('steps')
  })
})

test('lines outside the up section still count', () => {
  const [statement] = ready('-- c\n\n-- migrate:up\n\n  SELECT 1;\n-- migrate:down').statements()
  expect(statement).toMatchObject({ line: 5, column: 3 })
})

test('directives are read from the comments before the first statement alone', () => {
  const { script } = ready(
    '-- lock-timeout: 10s\n-- statement-timeout=5m\n\n-- retry: 3\nSELECT 1;\n-- no-transaction\n',
  )
  expect(script).toMatchObject({ lockTimeout: 10_000, statementTimeout: 300_000, retry: 3, noTransaction: false })
})

test('placeholders are filled in where values are given, and left alone where none are', () => {
  expect(read("SELECT '${a}', $$ ${b} $$", { values: { a: '1', b: 'x' } }).statements).toEqual(["SELECT '1', $$ x $$"])
  expect(read("SELECT '${a}'").statements).toEqual(["SELECT '${a}'"])
})

describe('refuses, with file and line, what would not run as written', () => {
  test.each([
    [
      'SELECT 1;\nVACUUM;',
      '001_a.sql:2:1: VACUUM cannot run in a transaction; take it out, or give it a file of its own',
    ],
    ['SELECT 1;\nCOMMIT;', '001_a.sql:2:1: COMMIT would end the transaction that this file runs in'],
    ['BEGIN; SELECT 1; COMMIT; SELECT 2', '001_a.sql:1:26: SELECT stands behind the COMMIT of this file'],
    ['-- no-transaction\nBEGIN; SELECT 1; COMMIT', '001_a.sql:2:1: BEGIN would make it unknown which statements'],
    ['CREATE INDEX CONCURRENTLY ON t (a)', '001_a.sql:1:1: CREATE INDEX CONCURRENTLY ON needs a name for the index'],
    ['-- lock-timeout: soon\nSELECT 1', '001_a.sql: directive lock-timeout: must be a duration'],
    ['SELECT 0;\n-- migrate:up\nSELECT 1', "001_a.sql: 'SELECT 0;' stands before the first mark of a section"],
    ['-- +goose ENVSUB ON\n-- +goose Up\nSELECT 1', '001_a.sql: goose ENVSUB reads the environment'],
    ["SELECT '\n", '001_a.sql:1:8: a quoted string is not closed'],
  ])('%j', (sql, message) => {
    expect(() => ready(sql)).toThrow(message)
  })

  test('a placeholder without a value, or with one that splits its statement', () => {
    expect(() => ready('SELECT ${a}', { values: { b: '1' } })).toThrow('001_a.sql:1:1: no --var gives a value for ${a}')
    expect(() => ready('SELECT ${a}', { values: { a: '1; DROP TABLE t' } })).toThrow('another number of statements')
  })

  test('what is not UTF-8', () => {
    writeFileSync('001_a.sql', Buffer.from([0x53, 0xff]))
    const [file] = readFolder('.')
    expect(() => file && readyFile(file, { placeholders: new Map(), maxStatementSize: 1e6 })).toThrow(
      '001_a.sql: is not UTF-8 text',
    )
  })
})

test('a file that changes between two readings is refused, since the history would not tell the truth', () => {
  const { statements } = ready('SELECT 1')
  writeFileSync('001_a.sql', 'SELECT 2')
  expect(() => [...statements()]).toThrow('001_a.sql: has changed while it was being read')
  writeFileSync('001_a.sql', 'COMMIT;')
  expect(() => [...statements()]).toThrow('001_a.sql:1:1: COMMIT would end the transaction')
})

test('a NUL byte is no text', () => {
  expect(() => ready('SELECT 1;\0SELECT 2')).toThrow('001_a.sql: is not UTF-8 text')
})

test('a statement that is too large for memory is refused with the limit, and what to do', () => {
  const values = (count: number): string =>
    `\nINSERT INTO t VALUES ${Array.from({ length: count }, () => "('x')").join(', ')}`
  expect(ready(values(100_000)).count).toBe(1)
  expect(() => ready(values(200_000))).toThrow(
    '001_a.sql:2:1: the statement is larger than 1 MB, or a quote in it is not closed; split it, or raise --max-statement-size',
  )
})
