import { expect, test } from 'vitest'
import type { MigrationFile } from '../files/migration.ts'
import type { ServerError } from '@initbox/postgres'
import { splitSql } from '../sql/splitter.ts'
import { excerpt } from './excerpt.ts'
import { explain, StatementError } from './statement-error.ts'

const migration: MigrationFile = {
  kind: 'versioned',
  key: '1',
  name: 'a',
  file: 'V1__a.sql',
  path: '',
  hasConfig: false,
  bytes: 0,
  checksum: '',
}

function failure(sql: string, at: string, more: Partial<ServerError> = {}): StatementError {
  const statement = splitSql(sql).find(({ text }) => text.includes(at))
  if (statement === undefined) throw new Error('no statement')
  const cause: ServerError = Object.assign(new Error('no such thing'), { severity: 'ERROR', code: '42704', ...more })
  return new StatementError(cause, { migration, statement }, statement.text.indexOf(at), undefined)
}

test('shows the lines around the place with a caret, and what the server adds', () => {
  const error = failure('SELECT 1; CREATE TABLE t (\n  a int,\n  b intt,\n  c int,\n  d int\n)', 'intt', {
    detail: 'D',
    hint: 'H',
  })
  expect(excerpt(error)).toBe(
    [
      'V1__a.sql, line 3:',
      '1 |           CREATE TABLE t (',
      '2 |   a int,',
      '3 |   b intt,',
      '  |     ^',
      '4 |   c int,',
      '5 |   d int',
      'DETAIL: D',
      'HINT: H',
    ].join('\n'),
  )
  expect(explain(error, 'V1__a.sql', 'nothing was applied')).toMatchObject({
    message: 'V1__a.sql:3:5: no such thing (SQLSTATE 42704) DETAIL: D; nothing was applied',
    hint: 'H',
    exitCode: 5,
  })
})

test('a caret in the first line stands where the statement stands in the file', () => {
  expect(excerpt(failure('SELECT 1; SELECT x', 'x')).split('\n').slice(1)).toEqual([
    '1 |           SELECT x',
    '  |                  ^',
  ])
})

test('long lines are cut around the place, passwords are masked', () => {
  const long = excerpt(failure(`SELECT '${'a'.repeat(500)}', x, '${'b'.repeat(500)}'`, ' x'))
  expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThan(180)
  const [row = '', caret = ''] = long.split('\n').slice(1)
  expect(row.slice(caret.indexOf('^'), caret.indexOf('^') + 2)).toBe(' x')
  expect(excerpt(failure("CREATE ROLE r PASSWORD 'se''cret' x", 'x'))).not.toContain('cret')
})

test('no permission is exit 3', () => {
  expect(explain(failure('SELECT x', 'x', { code: '42501' }), 'V1__a.sql', 'nothing')).toMatchObject({ exitCode: 3 })
})
