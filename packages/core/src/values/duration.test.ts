import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseAttemptLimit, parseDuration, parseTimeLimit } from './duration.ts'

test.each([
  ['0', 0],
  ['0s', 0],
  ['1ms', 1],
  ['0.5ms', 1],
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  ['1m30s', 90_000],
  ['1h0m0.25s', 3_600_250],
  ['2d', 172_800_000],
  ['2147483647ms', 2_147_483_647],
])('%s is %d ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected)
})

test.each([
  ['', "must be a duration such as 500ms, 30s, 5m or 1h30m, not ''"],
  ['12', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '12'"],
  ['12x', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '12x'"],
  ['-1s', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '-1s'"],
  [' 1s', "must be a duration such as 500ms, 30s, 5m or 1h30m, not ' 1s'"],
  ['1s\n', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '1s\n'"],
  ['1,5s', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '1,5s'"],
  ['.5s', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '.5s'"],
  ['1e3s', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '1e3s'"],
  ['5M', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '5M'"],
  ['١s', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '١s'"],
  ['25d', "must not be longer than 24 days, as '25d' is"],
  [`${'9'.repeat(400)}s`, `must not be longer than 24 days, as '${'9'.repeat(400)}s' is`],
  ['0.1ms', "must not be shorter than 1ms, as '0.1ms' is"],
])('%j is refused', (text, message) => {
  expect(() => parseDuration(text)).toThrow(new Error(message))
})

test('any sum of whole units is parsed exactly', () => {
  const part = fc.nat({ max: 99 })
  fc.assert(
    fc.property(part, part, part, part, (hours, minutes, seconds, milliseconds) => {
      expect(parseDuration(`${hours}h${minutes}m${seconds}s${milliseconds}ms`)).toBe(
        ((hours * 60 + minutes) * 60 + seconds) * 1_000 + milliseconds,
      )
    }),
  )
})

test('any other text is refused with a sentence that quotes it, never with another error', () => {
  const outcome = (text: string): string => {
    try {
      return Number.isSafeInteger(parseDuration(text)) ? `takes '${text}'` : 'takes nonsense'
    } catch (error) {
      return String(error)
    }
  }
  fc.assert(fc.property(fc.string(), (text) => void expect(outcome(text)).toContain(`'${text}'`)))
})

test.each([
  [0, '0 ms'],
  [0.4, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [3_240, '3.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1m'],
  [125_000, '2m 5s'],
  [300_000, '5m'],
  [3_600_000, '1h'],
  [5_430_000, '1h 30m'],
  [3_605_000, '1h'],
  [90_000_000, '25h'],
])('%d ms is shown as %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected)
})

test('a total time of 0 is no limit, and an attempt needs some', () => {
  expect(parseTimeLimit('0')).toBe(Infinity)
  expect(parseTimeLimit('0s')).toBe(Infinity)
  expect(parseTimeLimit('5m')).toBe(300_000)
  expect(() => parseAttemptLimit('0')).toThrow('must be longer than 0: an attempt without time cannot succeed')
  expect(parseAttemptLimit('5s')).toBe(5_000)
})
