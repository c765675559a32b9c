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
  expect(readFolder('.').map(({ file }) => file)).toEqual([
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
  expect(readFolder('.').map(({ file, checksum }) => [file, checksum.length])).toEqual([['001_a.sql', 64]])
})

test('names every file that it cannot place, and every version that two files claim', () => {
  write('V1__a.sql', '001_b.sql', 'R__v.sql', 'schema.sql')
  expect(() => readFolder('.')).toThrow(
    'schema.sql: rule file-name: neither V1__name.sql, R__name.sql nor 001_name.sql; ' +
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
  expect(readFolder('.').map(({ file }) => file)).toEqual(['more/001_a.sql'])
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
