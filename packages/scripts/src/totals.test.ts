import { describe, expect, test } from 'vitest'
import { addTotals, isGreen, noTests, parseTotals, totalsLine } from './totals.ts'

test('the closing line has the form that CI reads', () => {
  expect(totalsLine({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped')
})

test('counts of several rings add up', () => {
  const unit = { passed: 10, failed: 0, skipped: 1 }
  const images = { passed: 2, failed: 3, skipped: 0 }
  expect(addTotals(unit, images)).toEqual({ passed: 12, failed: 3, skipped: 1 })
  expect(addTotals()).toEqual(noTests)
})

describe('a run is green', () => {
  test.each([
    [{ passed: 1, failed: 0, skipped: 0 }, true],
    [{ passed: 1, failed: 1, skipped: 0 }, false],
    [{ passed: 0, failed: 0, skipped: 9 }, false],
    [noTests, false],
  ])('%j: %s', (totals, green) => expect(isGreen(totals)).toBe(green))
})

describe('what the reporter wrote is read back', () => {
  test('as counts', () => {
    const totals = { passed: 4, failed: 2, skipped: 1 }
    expect(parseTotals(JSON.stringify(totals))).toEqual(totals)
  })
  test.each(['', '{}', 'null', '7', '{"passed":1,"failed":-1,"skipped":0}', '{"passed":1.5,"failed":0,"skipped":0}'])(
    '%j is refused',
    (text) => expect(() => parseTotals(text)).toThrow(Error),
  )
})
