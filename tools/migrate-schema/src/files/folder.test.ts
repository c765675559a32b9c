import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { useVolume } from '../../../../packages/testing/src/volume.ts'
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
