import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Schedule } from './schedule.ts'

/** The moments of all attempts within `end` milliseconds; attempts themselves take no time. */
function attempts(end: number, options: { soon?: boolean; random?: () => number; interval?: number }): number[] {
  const { soon = false, random = Math.random, interval } = options
  let now = 0
  const moments: number[] = []
  const schedule = new Schedule({ clock: { now: () => now, sleep: async () => {} }, random, interval })
  while (now < end) {
    moments.push(now)
    now += schedule.pause({ soon })
  }
  return moments
}

describe('Schedule', () => {
  test('tries at once, and then once in each window of 50 ms, 100 ms … 2 s', () => {
    expect(attempts(9_000, { random: () => 0 })).toEqual([0, 0, 50, 150, 350, 750, 1_550, 3_150, 5_150, 7_150])
    expect(attempts(9_000, { random: () => 0.5 })).toEqual([0, 25, 100, 250, 550, 1_150, 2_350, 4_150, 6_150, 8_150])
  })

  test('tries a refused connection again within half a percent of the time waited, at least 50 ms', () => {
    const pauses = (from: number): number => {
      const moments = attempts(400_000, { soon: true }).filter((moment) => moment >= from)
      return (moments[100] ?? 0) - (moments[0] ?? 0)
    }
    // A hundred windows, of which the first may be nearly over and the last may have just begun.
    expect(pauses(0)).toBeLessThan(101 * 50)
    expect(pauses(60_000)).toBeGreaterThan(99 * 300)
  })

  test('a herd that is told "not yet" asks at most once a second each, and evenly', () => {
    const seconds = Array.from({ length: 30 }, () => 0)
    const waiters = 300
    for (let waiter = 0; waiter < waiters; waiter++) {
      // As long as the kubelets of a few nodes need to start so many.
      const start = (waiter / waiters) * 10_000
      for (const moment of attempts(30_000 - start, {})) {
        const second = Math.floor((start + moment) / 1_000)
        seconds[second] = (seconds[second] ?? 0) + 1
      }
    }
    const mean = seconds.reduce((sum, each) => sum + each, 0) / 30
    expect(mean).toBeLessThan(waiters)
    expect(Math.max(...seconds)).toBeLessThan(3 * mean)
  })

  test('begins again after a change, and takes a fixed interval as it is', () => {
    const schedule = new Schedule({ clock: { now: () => 0, sleep: async () => {} }, random: () => 1 })
    for (let failures = 0; failures < 5; failures++) schedule.pause({ soon: false })
    schedule.restart()
    expect(schedule.pause({ soon: false })).toBe(50)
    expect(attempts(1_000, { interval: 400 })).toEqual([0, 400, 800])
  })

  test('never pauses longer than two windows, and never a negative time', () => {
    const script = fc.array(
      fc.tuple(fc.boolean(), fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
    )
    fc.assert(
      fc.property(script, (steps) => {
        let now = 0
        let random = 0
        const schedule = new Schedule({ clock: { now: () => now, sleep: async () => {} }, random: () => random })
        for (const [soon, passed, drawn] of steps) {
          now += passed
          random = drawn
          const pause = schedule.pause({ soon })
          expect(pause).toBeGreaterThanOrEqual(0)
          expect(pause).toBeLessThanOrEqual(4_000)
          now += pause
        }
      }),
    )
  })
})
