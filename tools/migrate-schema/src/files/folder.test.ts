import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { readFolder } from './folder.ts'

useVolume()

function write(...files: string[]): void {
  for (const file of files) writeFileSync(file, 'SELECT 1')
}

test('lists versions in order, then repeatable files, and passes over what is not SQL or not for up', () => {
  mkdirSync('more')
  write('V10__c.sql', 'V2__b.sql', 'R__z.sql', 'R__a.sql', 'V1__a.sql', 'U1__a.sql', 'README.md', 'more/V3__d.sql')
  expect(readFolder('.').files.map(({ file }) => file)).toEqual([
    'V1__a.sql',
    'V2__b.sql',
    'more/V3__d.sql',
    'V10__c.sql',
    'R__a.sql',
    'R__z.sql',
  ])
})

test('a mounted ConfigMap, whose files are links into a hidden folder, is listed once', () => {
  mkdirSync('..2026_01_01')
  write('..2026_01_01/001_a.sql')
  symlinkSync('..2026_01_01', '..data')
  symlinkSync('..data/001_a.sql', '001_a.sql')
  expect(readFolder('.').files.map(({ file, checksum }) => [file, checksum.length])).toEqual([['001_a.sql', 64]])
})

test('names every file that it cannot place, and every version that two files claim', () => {
  write('V1__a.sql', '001_b.sql', 'R__v.sql', 'schema.sql')
  expect(() => readFolder('.')).toThrow(
    'schema.sql: rule file-name: neither V1__name.sql, R__name.sql, 001_name.sql nor 001_name/up.sql; ' +
      '001_b.sql and V1__a.sql: rule duplicate: both have version 1',
  )
})

test('a folder that is not there is not found', () => {
  expect(() => readFolder('nowhere')).toThrow('no folder of migrations at nowhere')
})

test('follows a link to a folder, and refuses one that leads back', () => {
  mkdirSync('.version/more', { recursive: true })
  write('.version/more/001_a.sql')
  symlinkSync('.version/more', 'more')
  expect(readFolder('.').files.map(({ file }) => file)).toEqual(['more/001_a.sql'])
  symlinkSync('.', 'again')
  expect(() => readFolder('.')).toThrow('again/ is a link to a folder that was read already')
})

test('what cannot be read is named and never waited for', () => {
  symlinkSync('nowhere', 'README')
  symlinkSync('nowhere', '001_a.sql')
  expect(() => readFolder('.')).toThrow('cannot read 001_a.sql: there is no such file')
  mkdirSync('pipe')
  execFileSync('mkfifo', ['pipe/002_b.sql'])
  expect(() => readFolder('pipe')).toThrow('cannot read pipe/002_b.sql: it is not a file')
})

test('a file that claims a version and cannot be run is told apart, unless SQL of that version is there, or it is ignored', () => {
  mkdirSync('docs')
  write('00001_a.sql', '00001_a.md', '00002_b.go', '00003_c.sql', 'V4__d.java', '005_e.js', 'V6__f.SQL', 'R__g.java')
  write('00002_b_test.go', 'main.go', 'schema.rb', 'V7__h.sql.conf', '3_note.txt', 'docs/8_plan.txt', '9_seed.sql')
  const { files, unrun } = readFolder('.', ['docs/*', '*_seed.sql'])
  expect(files.map(({ file }) => file)).toEqual(['00001_a.sql', '00003_c.sql'])
  expect(unrun.map(({ file, key }) => [file, key])).toEqual([
    ['00002_b.go', '2'],
    ['005_e.js', '5'],
    ['R__g.java', 'g'],
    ['V4__d.java', '4'],
    ['V6__f.SQL', '6'],
  ])
})

test('a folder for each migration', () => {
  for (const [folder, file] of [
    ['2024-01-31-120000_create_users', 'up.sql'],
    ['2024-01-31-120000_create_users', 'down.sql'],
    ['20240201120000_init', 'migration.sql'],
  ] as const) {
    mkdirSync(folder, { recursive: true })
    write(`${folder}/${file}`)
  }
  expect(readFolder('.').files.map(({ key, name }) => [key, name])).toEqual([
    ['20240131120000', 'create users'],
    ['20240201120000', 'init'],
  ])
})

test('of files for several databases those for PostgreSQL, and what is for all', () => {
  write(
    '1_a.up.sql',
    '2_b.mysql.up.sql',
    '2_b.postgres.up.sql',
    '2_b.up.sql',
    '2_b.postgres.down.sql',
    '3_c.sqlite3.up.sql',
  )
  expect(readFolder('.').files.map(({ file, name }) => [file, name])).toEqual([
    ['1_a.up.sql', 'a'],
    ['2_b.postgres.up.sql', 'b'],
  ])
})

test('the word for another database is a name where nothing is marked as PostgreSQL', () => {
  write('1_a.mysql.sql')
  expect(readFolder('.').files).toHaveLength(1)
})

test('of hundreds of problems the first three are told, and how many more', () => {
  for (let n = 0; n < 400; n++) write(`create_table_${n}.sql`)
  expect(() => readFolder('.')).toThrow(/^(create_table_\d+\.sql: rule file-name: [^;]*; ){3}and 397 more$/)
})
