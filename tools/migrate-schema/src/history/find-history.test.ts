import { expect, test } from 'vitest'
import type { MigrationFile } from '../files/migration.ts'
import { chooseHistory, type History } from './find-history.ts'

const files = ['1', '2', '3'].map((key): MigrationFile => {
  return {
    kind: 'versioned',
    key,
    name: key,
    file: `${key}.sql`,
    path: '',
    hasConfig: false,
    bytes: 1,
    checksum: `sum ${key}`,
  }
})

/** A history in a schema: versions with the checksum of the file, or another one after `!`. */
function history(schema: string, versions: string, chosen = false): History {
  const records = versions
    .split(' ')
    .filter(Boolean)
    .map((text) => {
      const [key = '', changed] = text.split('!')
      const checksum = changed === undefined ? `sum ${key}` : changed || null
      return {
        kind: 'versioned',
        key,
        name: key,
        file: key,
        checksum,
        state: 'applied',
        done: 0,
        doneChecksum: null,
        begun: false,
      } as const
    })
  return { schema, chosen, records }
}

test.each<[string, History[], string | undefined]>([
  ['none', [], undefined],
  ['the one that the search path leads to', [history('public', '1', true)], 'public'],
  ['that one, though it has nothing of this folder yet', [history('public', '', true), history('a', '9')], 'public'],
  ['one that was left elsewhere', [history('public', '1 2')], 'public'],
  [
    'one elsewhere, though the search path leads to that of another service',
    [history('a', '1!x', true), history('b', '1')],
    'b',
  ],
  ['one elsewhere, though an empty one is nearer', [history('a', '', true), history('b', '1')], 'b'],
  ['none: the other one is of another service', [history('a', '1!x 7')], undefined],
  ['none: the other one has no checksums', [history('a', '1!')], undefined],
  ['our own, beside a service that has one file in common', [history('a', '1 2', true), history('b', '1 2!x')], 'a'],
])('%s', (_, histories, schema) => {
  expect(chooseHistory(histories, files, 'h')?.schema).toBe(schema)
})

test.each([[[history('a', '1', true), history('b', '1 2')]], [[history('a', '1'), history('b', '1')]]])(
  'two that count are refused, both named',
  (histories) => {
    expect(() => chooseHistory(histories, files, 'h')).toThrow(
      '"a"."h" and "b"."h" both hold migrations of this folder',
    )
  },
)
