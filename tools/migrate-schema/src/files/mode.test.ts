import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { ready } from '../testing/ready.ts'

useVolume()

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
    ['sql-migrate', '-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n', 'transaction', ['SELECT 1']],
    ['sql-migrate without transaction', '  -- +migrate Up notransaction\nSELECT 1', 'steps', ['SELECT 1']],
    ['a mark that is indented', '-- +goose Up\nSELECT 1;\n  -- +goose Down\nSELECT 2;\n', 'transaction', ['SELECT 1']],
    ['only a way down', '-- +goose Down\nSELECT 2;\n', 'transaction', []],
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

  test.each([
    ['in the middle', 'SET x = 1;\nBEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;', 5],
    ['several', 'BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;', 6],
    ['the one of the tool ended, and another begun for it', 'SELECT 1; COMMIT; VACUUM t; BEGIN; SELECT 2;', 5],
    ['taken back', 'BEGIN; SELECT 1; ROLLBACK;', 3],
    ['with the directive', '-- no-transaction\nBEGIN; SELECT 1; COMMIT;', 3],
  ])('transactions of its own, %s: as it is written', (_, sql, count) => {
    const file = ready(sql)
    expect(file).toMatchObject({ mode: 'steps', ownTransactions: true, count })
    expect([...file.statements()]).toHaveLength(count)
  })

  test.each([
    ['BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; END', ['BEGIN ISOLATION LEVEL SERIALIZABLE']],
    ['SET TRANSACTION READ WRITE; SELECT 1', ['SET TRANSACTION READ WRITE']],
    ['BEGIN; SET TRANSACTION READ WRITE; SELECT 1; COMMIT', ['BEGIN', 'SET TRANSACTION READ WRITE']],
    ['SELECT 1', []],
  ])('how its transaction begins is kept: %s', (sql, opening) => {
    const file = ready(sql)
    expect(file).toMatchObject({ mode: 'transaction', count: 1 })
    expect(file.opening.map(({ text }) => text)).toEqual(opening)
    expect([...file.statements()].map(({ text }) => text)).toEqual(['SELECT 1'])
  })

  test('several statements none of which can be in a transaction need no directive', () => {
    expect(ready('CREATE INDEX CONCURRENTLY a ON t (a); DROP INDEX CONCURRENTLY b; VACUUM t')).toMatchObject({
      mode: 'steps',
      ownTransactions: false,
    })
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
      '001_a.sql:2:1: VACUUM cannot run in a transaction; put `-- no-transaction` into the first line, or executeInTransaction=false into 001_a.sql.conf',
    ],
    ['SELECT 1;\nBEGIN;\nSELECT 2', '001_a.sql:2:1: BEGIN is not followed by COMMIT'],
    ['BEGIN; SELECT 1; COMMIT AND CHAIN; COMMIT', '001_a.sql:1:18: COMMIT AND CHAIN leaves a transaction'],
    ['BEGIN; VACUUM; COMMIT', '001_a.sql:1:8: VACUUM cannot run in a transaction, and this file has begun one'],
    [
      'CREATE INDEX CONCURRENTLY ON t (a)',
      '001_a.sql:1:1: CREATE INDEX CONCURRENTLY ON t (a) needs a name for the index',
    ],
    [
      'CREATE INDEX CONCURRENTLY ai ON a_table_with_a_long_name (and_a_column, another_one);\nSELECT 1',
      '001_a.sql:1:1: CREATE INDEX CONCURRENTLY ai ON a_table_with_a_long_name … cannot run in a transaction',
    ],
    ['-- lock-timeout: soon\nSELECT 1', '001_a.sql: directive lock-timeout: must be a duration'],
    ['SELECT 0;\n-- migrate:up\nSELECT 1', "001_a.sql: 'SELECT 0;' stands before the first mark of a section"],
    [
      '-- +goose Up\nSELECT 1;\n-- +goose Down;\nSELECT 2',
      "001_a.sql: '-- +goose Down;' looks like a mark and is none",
    ],
    ['-- migrate:up\nSELECT 1;\n-- migrate:downwards\nSELECT 2', "001_a.sql: '-- migrate:downwards' looks like a mark"],
    ['-- +migrate Up\nSELECT 1;\n-- +migrate Down;\nSELECT 2', "001_a.sql: '-- +migrate Down;' looks like a mark"],
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
    expect(() => ready(Buffer.from([0x53, 0xff]))).toThrow('001_a.sql: is not UTF-8 text')
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
