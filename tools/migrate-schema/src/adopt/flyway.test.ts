import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFolder } from '../files/folder.ts'
import { flyway } from './flyway.ts'

// Made by the real Flyway: `mvn dependency:copy-dependencies` for org.flywaydb:flyway-core, flyway-database-postgresql (10.20.1)
// and org.postgresql:postgresql (42.7.4), `java -cp 'target/dependency/*' Run.java jdbc:postgresql://… migrations`, and then
// `SELECT json_agg(h ORDER BY installed_rank) FROM flyway_schema_history h` without who and when.
const fixture = join(import.meta.dirname, 'fixtures/flyway')
const rows: Record<string, unknown>[] = JSON.parse(readFileSync(join(fixture, 'history.json'), 'utf8'))
const { files } = readFolder(join(fixture, 'migrations'))

const changed = (script: string, change: Record<string, unknown>) =>
  rows.map((row) => (row['script'] === script ? { ...row, ...change } : row))
const taken = (history: readonly Record<string, unknown>[]) => flyway.read(history, files).map(({ file }) => file)

test("the real one's checksums are ours: line ends, byte order marks and rows of COPY included", () => {
  expect(taken(rows)).toEqual(['V1__plain.sql', 'V2__crlf.sql', 'V2_1__bom.sql', 'V3__copy.sql', 'R__view.sql'])
})

test('a migration that failed is not taken for applied', () => {
  expect(() => taken(changed('V3__copy.sql', { success: false }))).toThrow(
    'the history of Flyway says that V3__copy.sql failed',
  )
})

test('a file that is not what was applied is refused', () => {
  expect(() => taken(changed('V2__crlf.sql', { checksum: 1 }))).toThrow(
    'V2__crlf.sql: rule changed: its content is not what',
  )
})

test('a repeatable migration that has changed is left to run again', () => {
  expect(taken(changed('R__view.sql', { checksum: 1 }))).not.toContain('R__view.sql')
})

test('a withdrawn version is not taken, a baseline is with all before it, and one of another language without checksum', () => {
  const undone = { ...rows[3], installed_rank: 6, type: 'UNDO_SQL', checksum: 2 }
  expect(taken([...rows, undone])).not.toContain('V3__copy.sql')
  const baseline = {
    installed_rank: 1,
    version: '2',
    description: '<< Flyway Baseline >>',
    type: 'BASELINE',
    script: '',
    checksum: null,
    success: true,
  }
  expect(taken([baseline, ...rows.slice(2)])).toEqual([
    'V1__plain.sql',
    'V2__crlf.sql',
    'V2_1__bom.sql',
    'V3__copy.sql',
    'R__view.sql',
  ])
  const java = {
    installed_rank: 6,
    version: '7',
    description: 'x',
    type: 'JDBC',
    script: 'V7__x',
    checksum: null,
    success: true,
  }
  expect(flyway.read([java], files)).toEqual([
    { kind: 'versioned', key: '7', name: '', file: '(no file)', checksum: null },
  ])
})
