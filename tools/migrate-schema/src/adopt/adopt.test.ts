import { expect, test } from 'vitest'
import type { MigrationFile } from '../files/migration.ts'
import { dbmate } from './dbmate.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'

const files = ['1', '2', '3'].map((key): MigrationFile => {
  return { kind: 'versioned', key, name: key, file: `${key}.sql`, path: '', hasConfig: false, bytes: 1, checksum: key }
})

test.each([
  ['dbmate', dbmate, [{ version: '001' }, { version: '3' }], ['1.sql', '3.sql']],
  [
    'goose',
    goose,
    [
      { version: '0', is_applied: true },
      { version: '1', is_applied: true },
      { version: '2', is_applied: false },
    ],
    ['1.sql'],
  ],
  ['golang-migrate', golangMigrate, [{ version: '2', dirty: false }], ['1.sql', '2.sql']],
  ['golang-migrate, before its first', golangMigrate, [], []],
  ['dbmate, with a file that is gone', dbmate, [{ version: '9' }], ['(no file)']],
] as const)('%s', (_, history, rows, expected) => {
  expect(history.read(rows, files).map(({ file }) => file)).toEqual(expected)
})

test('golang-migrate: dirty, or at a version that has no file, is for a person to decide', () => {
  expect(() => golangMigrate.read([{ version: '2', dirty: true }], files)).toThrow('is dirty at version 2')
  expect(() => golangMigrate.read([{ version: '9', dirty: false }], files)).toThrow('is at version 9, and no file has')
})
