import { Deadline, NotReadyError } from '@initbox/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Patience } from './patience.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const clock = { now: () => performance.now(), sleep: async () => {} }

function patience(timeout: number, stop = new AbortController().signal): Patience {
  const deadline = new Deadline(timeout, clock)
  return new Patience({ silence: 10_000, deadline, minRate: 1_024, signal: stop })
}
const reasonOf = ({ signal }: Patience): string => (signal.aborted ? String(signal.reason.message) : 'none')

test('a server that is silent is given up, one that says something now and then is not', async () => {
  using silent = patience(300_000)
  await vi.advanceTimersByTimeAsync(9_000)
  expect(reasonOf(silent)).toBe('none')
  await vi.advanceTimersByTimeAsync(6_000)
  expect(silent.signal.reason).toBeInstanceOf(NotReadyError)
  expect(reasonOf(silent)).toBe('the server was silent for 10 s')
  using talks = patience(300_000)
  for (let second = 0; second < 55; second += 8) {
    talks.heard(1)
    await vi.advanceTimersByTimeAsync(8_000)
  }
  expect(reasonOf(talks)).toBe('none')
})

test('the deadline ends a server that has said nothing, and none whose answer advances', async () => {
  using silent = patience(3_000)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reasonOf(silent)).toMatch(/^the server was silent for/)
  using advances = patience(3_000)
  for (let second = 0; second < 200; second++) {
    advances.heard(2_000)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(reasonOf(advances)).toBe('none')
})

test('a transfer that is slower than --min-rate for a minute is given up', async () => {
  using slow = patience(300_000)
  for (let second = 0; second < 70; second++) {
    slow.heard(500)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(reasonOf(slow)).toBe('the server sent less than 1 kB a second for a minute (--min-rate)')
})

test('a signal is passed on with its reason', () => {
  const stop = new AbortController()
  using stopped = patience(300_000, stop.signal)
  stop.abort(new Error('SIGTERM'))
  expect(reasonOf(stopped)).toBe('SIGTERM')
})
