import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions, parseVersion, type Version } from './version.ts'

test.each([
  ['1', '1'],
  ['001', '1'],
  ['1_2', '1.2'],
  ['1.02.0', '1.2'],
  ['0', '0'],
  ['20240131120000', '20240131120000'],
  ['1a', undefined],
  ['', undefined],
  ['1.', undefined],
])('%j is version %j', (text, version) => {
  expect(parseVersion(text)).toBe(version)
})

test.each([
  [
    ['10', '9', '1.10', '1.9', '1'],
    ['1', '1.9', '1.10', '9', '10'],
  ],
  [
    ['20240131120000', '99999999999999999999', '3'],
    ['3', '20240131120000', '99999999999999999999'],
  ],
])('%j sorts to %j', (versions, sorted) => {
  expect((versions as Version[]).toSorted(compareVersions)).toEqual(sorted)
})

test('versions that compare as equal are equal, however they were written', () => {
  const text = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(text, text, (left, right) => {
      const [a, b] = [parseVersion(left), parseVersion(`00${right.replaceAll('.', '_')}`)]
      expect(a !== undefined && b !== undefined && compareVersions(a, b) === 0).toBe(a === b)
    }),
  )
})
