import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseQuantity, thousandths, units } from './quantity.ts'

test.each([
  ['64Mi', 67_108_864],
  ['1G', 1_000_000_000],
  ['1.5Gi', 1_610_612_736],
  ['128974848', 128_974_848],
  ['129e6', 129_000_000],
  ['1E', 1e18],
  ['1E3', 1_000],
  ['.5k', 500],
  ['5.', 5],
  ['+7', 7],
  ['0.1', 1], // rounded up, as Kubernetes does
])('%s is %d units', (text, expected) => {
  expect(units(parseQuantity(text))).toBe(expected)
})

test.each([
  ['100m', 100],
  ['0.5', 500],
  ['2', 2_000],
  ['1n', 1],
])('%s is %d thousandths', (text, expected) => {
  expect(thousandths(parseQuantity(text))).toBe(expected)
})

test.each(['', 'Mi', '64MiB', '1 G', '0x10', '1e', 'NaN', '1..2', '--1', '100q'])('%j is refused', (text) => {
  expect(() => parseQuantity(text)).toThrow('is not a quantity such as')
})

test('whole numbers keep their value under every suffix', () => {
  const factors = { '': 1n, k: 10n ** 3n, M: 10n ** 6n, G: 10n ** 9n, Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n }
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.constantFrom(...Object.entries(factors)), (amount, [suffix, factor]) => {
      expect(parseQuantity(`${amount}${suffix}`)).toBe(amount * factor * 1_000_000_000n)
    }),
  )
})

test('a decimal fraction is what the same digits with an exponent are', () => {
  fc.assert(
    fc.property(fc.nat(999_999), fc.integer({ min: 0, max: 6 }), (digits, places) => {
      const text = `${digits}`.padStart(places + 1, '0')
      const point = text.length - places
      expect(parseQuantity(`${text.slice(0, point)}.${text.slice(point)}`)).toBe(parseQuantity(`${digits}e-${places}`))
    }),
  )
})

test('no text makes it throw anything but its own sentence', () => {
  const refusal = (text: string): string => {
    try {
      parseQuantity(text)
      return 'is not a quantity such as'
    } catch (error) {
      return String(error)
    }
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(refusal(text)).toContain('is not a quantity such as')
    }),
  )
})
