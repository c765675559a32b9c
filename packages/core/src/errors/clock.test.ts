import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadline, systemClock } from './clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

test('the system clock never goes back', () => {
  const first = systemClock.now()
  expect(systemClock.now()).toBeGreaterThanOrEqual(first)
})

test('sleep ends after its time, and not before', async () => {
  let over = false
  const sleeping = systemClock.sleep(1_000, new AbortController().signal).then(() => (over = true))
  await vi.advanceTimersByTimeAsync(999)
  expect(over).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await expect(sleeping).resolves.toBe(true)
})

test('a sleep longer than any timer does not end at once', async () => {
  let over = false
  void systemClock.sleep(Infinity, new AbortController().signal).then(() => (over = true))
  await vi.advanceTimersByTimeAsync(86_400_000)
  expect(over).toBe(false)
})

test('an abort ends the sleep with its reason and leaves no timer behind', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(1_000, controller.signal)
  controller.abort(new Error('stopped'))
  await expect(sleeping).rejects.toThrow('stopped')
  await expect(systemClock.sleep(1_000, controller.signal)).rejects.toThrow('stopped')
  expect(vi.getTimerCount()).toBe(0)
})

test('a deadline counts down to zero and stays there', () => {
  let now = 5_000
  const deadline = new Deadline(2_000, { now: () => now, sleep: () => Promise.resolve() })
  expect(deadline.remaining()).toBe(2_000)
  now = 6_998.5
  expect(deadline.remaining()).toBe(1.5)
  now = 8_000
  expect(deadline.remaining()).toBe(0)
  expect(deadline.timeout).toBe(2_000)
})

test('a deadline is over for a timer that fired a fraction of a millisecond early', () => {
  let now = 0
  const deadline = new Deadline(200, { now: () => now, sleep: () => Promise.resolve() })
  now = 198.9
  expect(deadline.remaining()).toBeCloseTo(1.1)
  now = 199.4
  expect(deadline.remaining()).toBe(0)
})
