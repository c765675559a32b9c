import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listSome, shorten } from './shorten.ts'

test('a message within the limit stays as it is', () => {
  expect(shorten('no answer', 9)).toBe('no answer')
  expect(shorten('é'.repeat(50), 100)).toBe('é'.repeat(50))
})

test('of a longer one the beginning and the whole hint stay', () => {
  const message = `cannot render page.tmpl: ${'line 1, column 2: X is not set; '.repeat(100)}end (hint: set it under env:)`
  const short = shorten(message, 200)
  expect(short).toMatch(/^cannot render page\.tmpl: line 1/)
  expect(short).toMatch(/ \[…\] \(hint: set it under env:\)$/)
})

test('a hint that is itself too long is cut as well', () => {
  expect(shorten(`what (hint: ${'a '.repeat(500)}z)`, 100)).toMatch(/^what \(hint: a .* \[…\] .*z\)$/)
})

test('no message is longer than the limit, and no character is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 20, max: 200 }), (text, limit) => {
      const short = shorten(text, limit)
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(limit)
      expect(short).not.toContain('\ufffd'.repeat(text.includes('\ufffd') ? 1_000 : 1))
    }),
  )
})

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b', 'c', 'd'], 'a, b, c, d'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('%j', (names, text) => {
  expect(listSome(names)).toBe(text)
})
