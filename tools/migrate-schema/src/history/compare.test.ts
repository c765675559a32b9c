import { expect, test } from 'vitest'
import type { MigrationFile } from '../files/migration.ts'
import { compare } from './compare.ts'
import type { HistoryRecord } from './record.ts'

const file = (key: string, checksum = 'same', kind: 'versioned' | 'repeatable' = 'versioned'): MigrationFile => ({
  kind,
  key,
  checksum,
  name: key,
  file: kind === 'versioned' ? `V${key}.sql` : `R__${key}.sql`,
  path: '',
  hasConfig: false,
  bytes: 1,
})
const record = (key: string, more: Partial<HistoryRecord> = {}): HistoryRecord => ({
  kind: 'versioned',
  key,
  name: key,
  file: `V${key}.sql`,
  checksum: 'same',
  state: 'applied',
  done: 0,
  doneChecksum: null,
  begun: false,
  ...more,
})
const view = (checksum: string): HistoryRecord => record('view', { kind: 'repeatable', checksum })

function outcome(files: MigrationFile[], records: HistoryRecord[], allowOutOfOrder = false) {
  const { drift, pending, awaited, ahead } = compare({ files, unrun: [] }, records, { allowOutOfOrder })
  return {
    drift: drift.map(({ file: name, rule }) => `${name} ${rule}`),
    pending: pending.map(({ key }) => key),
    awaited: awaited.map(({ key }) => key),
    ahead: ahead.map(({ key }) => key),
  }
}

const nothing = { drift: [], pending: [], awaited: [], ahead: [] }

test.each([
  ['all applied', [file('1'), file('2')], [record('1'), record('2')], nothing],
  ['new files', [file('1'), file('2')], [record('1')], { ...nothing, pending: ['2'], awaited: ['2'] }],
  ['a changed file', [file('1', 'other')], [record('1')], { ...nothing, drift: ['V1.sql changed'] }],
  ['a checksum that nobody kept', [file('1')], [record('1', { checksum: null })], nothing],
  ['a missing file', [file('2')], [record('1'), record('2')], { ...nothing, drift: ['V1.sql missing'] }],
  ['a file that went away before a baseline', [file('2')], [record('1', { state: 'baseline' }), record('2')], nothing],
  [
    'a file merged late',
    [file('1'), file('2'), file('3')],
    [record('1'), record('3')],
    { ...nothing, drift: ['V2.sql out-of-order'], pending: ['2'], awaited: ['2'] },
  ],
  ['a newer release', [file('1')], [record('1'), record('2')], { ...nothing, ahead: ['2'] }],
  [
    'an unfinished file',
    [file('1'), file('2', 'mended')],
    [record('1'), record('2', { state: 'unfinished' })],
    { ...nothing, pending: ['2'], awaited: ['2'] },
  ],
  [
    'a new view, which has no place in the order of versions',
    [file('1'), file('view', 'new', 'repeatable')],
    [record('1')],
    { ...nothing, pending: ['view'], awaited: ['view'] },
  ],
  [
    'a changed view',
    [file('1'), file('view', 'new', 'repeatable')],
    [record('1'), view('old')],
    { ...nothing, pending: ['view'] },
  ],
  [
    'a view of an older release',
    [file('1'), file('view', 'old', 'repeatable')],
    [record('1'), record('2'), view('new')],
    { ...nothing, ahead: ['2'] },
  ],
])('%s', (_, files, records, expected) => {
  expect(outcome(files, records)).toEqual(expected)
})

test('out of order can be allowed', () => {
  expect(outcome([file('1'), file('2')], [record('2')], true)).toEqual({ ...nothing, pending: ['1'], awaited: ['1'] })
})

test('a file that cannot be run is drift, unless the history has it', () => {
  const unrun = [{ kind: 'versioned' as const, key: '2', name: 'b', file: '2_b.go' }]
  const folder = { files: [file('1'), file('3')], unrun }
  const rules = (records: HistoryRecord[]) =>
    compare(folder, records, { allowOutOfOrder: false }).drift.map(({ file: name, rule }) => `${name} ${rule}`)
  expect(rules([])).toEqual(['2_b.go not-run'])
  expect(rules([record('1'), record('2', { state: 'unfinished' })])).toEqual(['2_b.go not-run'])
  expect(rules([record('1'), record('2'), record('3')])).toEqual([])
})

test('while the database is ahead, an older release runs no repeatable file, neither a changed nor a new one', () => {
  const files = [file('1'), file('view', 'older', 'repeatable'), file('new view', 'same', 'repeatable')]
  expect(outcome(files, [record('1'), record('2'), view('newer')])).toEqual({ ...nothing, ahead: ['2'] })
  expect(outcome(files, [record('1'), view('newer')]).pending).toEqual(['view', 'new view'])
})
