import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { component } from '../inputs/component.ts'
import type { Json } from '../json.ts'
import { affects, fixedIn } from './affects.ts'
import { toRecord } from './record.ts'

function record(ecosystem: string, name: string, events: Json, more: Record<string, Json> = {}, type = 'ECOSYSTEM') {
  return toRecord({ id: 'A-1', affected: [{ package: { ecosystem, name }, ranges: [{ type, events }], ...more }] })
}

const one = (ecosystem: string, version: string) => component(ecosystem, 'a', version)

// https://ossf.github.io/osv-schema/#evaluation and its examples
test.each([
  ['below the fix', '1.2.2', [{ introduced: '0' }, { fixed: '1.2.3' }], 'affected'],
  ['the fix', '1.2.3', [{ introduced: '0' }, { fixed: '1.2.3' }], 'unaffected'],
  ['before it came', '0.9.0', [{ introduced: '1.0.0' }, { fixed: '1.2.3' }], 'unaffected'],
  ['the version that brought it', '1.0.0', [{ introduced: '1.0.0' }, { fixed: '1.2.3' }], 'affected'],
  ['the last one', '1.2.3', [{ introduced: '0' }, { last_affected: '1.2.3' }], 'affected'],
  ['after the last one', '1.2.4', [{ introduced: '0' }, { last_affected: '1.2.3' }], 'unaffected'],
  ['brought back', '2.1.0', [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '2.0.0' }], 'affected'],
  ['between', '1.9.0', [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '2.0.0' }], 'unaffected'],
  [
    'events in another order',
    '1.9.0',
    [{ introduced: '2.0.0' }, { fixed: '1.2.3' }, { introduced: '0' }],
    'unaffected',
  ],
  [
    'fixed where it is brought back',
    '1.2.3',
    [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '1.2.3' }],
    'affected',
  ],
  ['a release candidate of the fix', '1.2.3-rc.1', [{ introduced: '0' }, { fixed: '1.2.3' }], 'affected'],
  ['no fix', '99.0.0', [{ introduced: '0' }], 'affected'],
  ['under a limit', '1.0.0', [{ introduced: '0' }, { limit: '2.0.0' }], 'affected'],
  ['over a limit', '2.0.0', [{ introduced: '0' }, { limit: '2.0.0' }], 'unaffected'],
  ['no events', '1.0.0', [], 'unaffected'],
] as const)('%s', (_, version, events, verdict) => {
  expect(affects(record('npm', 'a', events as unknown as Json), one('npm', version))).toBe(verdict)
})

test('an empty range is none', () => {
  const empty = record('npm', 'a', [{ introduced: '1.0.0' }, { fixed: '1.0.0' }, { introduced: '2.0.0' }])
  expect(affects(empty, one('npm', '1.5.0'))).toBe('unaffected')
})

type Pair = [ecosystem: string, name: string, version: string, ids: string[]]
const oracle = readFileSync(new URL('../../fixtures/osv-scanner.ndjson', import.meta.url), 'utf8').trimEnd()
const lines = oracle.split('\n').map((line): Json => JSON.parse(line))
const records = lines.filter((line) => !Array.isArray(line))
const pairs = lines.filter(Array.isArray) as Pair[]

test(`the same as osv-scanner 1.9.2 says of ${pairs.length} packages by ${records.length} records`, () => {
  const all = records.map(toRecord)
  for (const [ecosystem, name, version, ids] of pairs) {
    const installed = component(ecosystem, name, version)
    const found = all.filter((each) => affects(each, installed) === 'affected').map(({ id }) => id)
    expect({ name, version, ids: found }).toEqual({ name, version, ids })
  }
})

test('another package, or the same name elsewhere', () => {
  const all = record('npm', 'a', [{ introduced: '0' }])
  expect(affects(all, component('npm', 'b', '1.0.0'))).toBe('unaffected')
  expect(affects(all, component('PyPI', 'a', '1.0.0'))).toBe('unaffected')
})

test('a version that is listed needs no order', () => {
  const listed = record('Maven', 'a', [{ introduced: '0' }, { fixed: '2' }], { versions: ['1.0.Final'] })
  expect(affects(listed, one('Maven', '1.0.Final'))).toBe('affected')
  expect(affects(listed, one('Maven', '1.1.Final'))).toBe('unaffected')
})

test('without an order or a list nobody knows', () => {
  expect(affects(record('Maven', 'a', [{ introduced: '0' }]), one('Maven', '1.0'))).toBe('unknown')
  expect(affects(record('npm', 'a', [{ introduced: '0' }]), one('npm', 'latest'))).toBe('unknown')
})

test('commits say nothing of what is installed', () => {
  expect(affects(record('npm', 'a', [{ introduced: '0' }], {}, 'GIT'), one('npm', '1.0.0'))).toBe('unaffected')
})

test('a record about a distribution counts for each of its releases', () => {
  const all = record('Debian', 'a', [{ introduced: '0' }, { fixed: '1.0-2' }])
  expect(affects(all, one('Debian:12', '1.0-1'))).toBe('affected')
  expect(affects(record('Debian:11', 'a', [{ introduced: '0' }]), one('Debian:12', '1.0-1'))).toBe('unaffected')
})

test('names of Python are one in every spelling', () => {
  expect(affects(record('PyPI', 'Flask_Login', [{ introduced: '0' }]), component('PyPI', 'flask.login', '1.0'))).toBe(
    'affected',
  )
})

test('the fix is the lowest that is newer than what is installed', () => {
  const two = record('npm', 'a', [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '2.0.0' }, { fixed: '2.0.9' }])
  expect(fixedIn(two, one('npm', '1.0.0'))).toBe('1.2.3')
  expect(fixedIn(two, one('npm', '2.0.1'))).toBe('2.0.9')
  expect(fixedIn(record('npm', 'a', [{ introduced: '0' }]), one('npm', '2.0.1'))).toBeUndefined()
})

test('a record of absurd shapes is read, and says nothing', () => {
  const odd = {
    id: 'A-1',
    affected: [null, 1, { package: 'a', ranges: {}, versions: [{}] }, { ranges: [{ events: [{ introduced: 1 }] }] }],
    aliases: {},
  }
  expect(affects(toRecord(odd), one('npm', '1.0.0'))).toBe('unaffected')
})
