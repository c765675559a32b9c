import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBytes, formatCount, parseBytes } from './bytes.ts'

test.each([
  ['0', 0],
  ['512', 512],
  ['1k', 1_000],
  ['1.1k', 1_100],
  ['64Mi', 67_108_864],
  ['1.5G', 1_500_000_000],
  ['2Gi', 2_147_483_648],
  ['8191Ti', 9_006_099_743_113_216],
])('%s is %d bytes', (text, expected) => {
  expect(parseBytes(text)).toBe(expected)
})

test.each([
  ['', "must be a size such as 512, 64Mi or 1.5G, not ''"],
  ['1.5', "must be a size such as 512, 64Mi or 1.5G, not '1.5'"],
  ['64MB', "must be a size such as 512, 64Mi or 1.5G, not '64MB'"],
  ['64mi', "must be a size such as 512, 64Mi or 1.5G, not '64mi'"],
  ['1K', "must be a size such as 512, 64Mi or 1.5G, not '1K'"],
  ['-1', "must be a size such as 512, 64Mi or 1.5G, not '-1'"],
  ['0x10', "must be a size such as 512, 64Mi or 1.5G, not '0x10'"],
  ['1 Gi', "must be a size such as 512, 64Mi or 1.5G, not '1 Gi'"],
  ['8192Ti', "must not be larger than 8191Ti, as '8192Ti' is"],
  ['9'.repeat(400), `must not be larger than 8191Ti, as '${'9'.repeat(400)}' is`],
])('%j is refused', (text, message) => {
  expect(() => parseBytes(text)).toThrow(new Error(message))
})

test('any other text is refused with a sentence that quotes it, never with another error', () => {
  const outcome = (text: string): string => {
    try {
      return Number.isSafeInteger(parseBytes(text)) ? `takes '${text}'` : 'takes nonsense'
    } catch (error) {
      return String(error)
    }
  }
  fc.assert(fc.property(fc.string(), (text) => void expect(outcome(text)).toContain(`'${text}'`)))
})

test.each([
  [0, '0 B'],
  [812.4, '812 B'],
  [999.6, '1 kB'],
  [1_000, '1 kB'],
  [42_500_000, '42.5 MB'],
  [999_949, '999.9 kB'],
  [999_999, '1 MB'],
  [1_500_000_000, '1.5 GB'],
  [7e15, '7000 TB'],
])('%d bytes are shown as %s', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected)
})

test.each([
  [0, '0'],
  [999, '999'],
  [1_623, '1,623'],
  [1_000_000, '1,000,000'],
])('a count of %d is shown as %s', (count, expected) => {
  expect(formatCount(count)).toBe(expected)
})
