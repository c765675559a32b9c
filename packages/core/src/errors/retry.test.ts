import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Clock, Deadline, systemClock } from './clock.ts'
import { DeniedError, InterruptedError, NotReadyError, type ToolError } from './errors.ts'
import { pauseAfter, retry, whenChanged, withTimeLimit } from './retry.ts'

let interruption: AbortController
beforeEach(() => void (interruption = new AbortController()))
afterEach(() => void vi.useRealTimers())

/** A clock that only sleeping moves, and that remembers how long. */
function sleepingClock() {
  const sleeps: number[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted()
      sleeps.push(milliseconds)
      now += milliseconds
    },
  }
  return { clock, sleeps, pass: (milliseconds: number) => void (now += milliseconds) }
}

const never = (): Promise<never> => new Promise(() => {})
const refused = (): Promise<never> => Promise.reject(new NotReadyError('connection refused', { hint: 'start it' }))

test('an attempt that succeeds is the only one', async () => {
  const { clock, sleeps } = sleepingClock()
  const settings = { clock, deadline: new Deadline(1_000, clock), signal: interruption.signal }
  await expect(retry(async () => 'ready', settings)).resolves.toBe('ready')
  expect(sleeps).toEqual([])
})

test('"not yet" is tried again after growing pauses until it succeeds', async () => {
  const { clock, sleeps } = sleepingClock()
  const told: [string, number][] = []
  let attempts = 0
  const result = await retry(() => (++attempts < 6 ? refused() : Promise.resolve('ready')), {
    clock,
    deadline: new Deadline(60_000, clock),
    signal: interruption.signal,
    backoff: { first: 100, longest: 1_000 },
    random: () => 1,
    onNotReady: ({ message }, pause) => told.push([message, pause]),
  })
  expect(result).toBe('ready')
  expect(sleeps).toEqual([100, 200, 400, 800, 1_000])
  expect(told).toEqual(sleeps.map((pause) => ['connection refused', pause]))
})

test('"never" ends it at once, as it is', async () => {
  const { clock, sleeps } = sleepingClock()
  const settings = { clock, deadline: new Deadline(60_000, clock), signal: interruption.signal }
  const denied = new DeniedError('403')
  await expect(retry(() => Promise.reject(denied), settings)).rejects.toBe(denied)
  const bug = new TypeError('x is not a function')
  await expect(
    retry(() => {
      throw bug
    }, settings),
  ).rejects.toBe(bug)
  expect(sleeps).toEqual([])
})

test('it gives up at the deadline with the last reason, its hint and its cause', async () => {
  const { clock } = sleepingClock()
  const settings = { clock, deadline: new Deadline(60_000, clock), signal: interruption.signal, random: () => 1 }
  const error = await retry(refused, settings).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    message: 'gave up after 1m: connection refused',
    hint: 'start it',
    exitCode: 124,
    cause: { message: 'connection refused' },
  })
  expect(clock.now()).toBe(60_000)
})

test('never a millisecond before the deadline, whatever chance does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 100_000 }),
      fc.nat({ max: 500 }),
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1 }),
      async (timeout, duration, chances) => {
        const { clock, pass } = sleepingClock()
        const deadline = new Deadline(timeout, clock)
        let draws = 0
        const error = await retry(
          () => {
            pass(duration)
            return refused()
          },
          { clock, deadline, signal: interruption.signal, random: () => chances[draws++ % chances.length] ?? 1 },
        ).catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(NotReadyError)
        expect(clock.now()).toBeGreaterThan(timeout - 1)
        expect(clock.now()).toBeLessThanOrEqual(timeout + duration)
      },
    ),
  )
})

test('an attempt that takes too long is "not yet", and its signal is aborted', async () => {
  vi.useFakeTimers()
  const { clock } = sleepingClock()
  const signals: AbortSignal[] = []
  const waiting = retry(
    (signal) => {
      signals.push(signal)
      return signals.length === 1 ? never() : Promise.resolve('ready')
    },
    { clock, deadline: new Deadline(60_000, clock), signal: interruption.signal, attemptTimeout: 2_000 },
  )
  await vi.advanceTimersByTimeAsync(2_000)
  await expect(waiting).resolves.toBe('ready')
  expect(signals[0]?.reason).toMatchObject({ message: 'no answer within 2 s' })
  expect(vi.getTimerCount()).toBe(0)
})

test('an attempt that the deadline cuts short does not hide the reason of the one before', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
  let attempts = 0
  const waiting = retry(() => (++attempts === 1 ? refused() : never()), {
    clock: systemClock,
    deadline: new Deadline(5_000, systemClock),
    signal: interruption.signal,
    attemptTimeout: 60_000,
    random: () => 0.5,
  }).catch((reason: unknown) => reason)
  await vi.advanceTimersByTimeAsync(5_000)
  await expect(waiting).resolves.toMatchObject({ message: 'gave up after 5 s: connection refused', exitCode: 124 })
  expect(attempts).toBe(2)
})

test('when the deadline cuts the only attempt short, there was no answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
  const deadline = new Deadline(5_000, systemClock)
  const waiting = retry(never, { clock: systemClock, deadline, signal: interruption.signal })
  const caught = waiting.catch((reason: unknown) => reason)
  await vi.advanceTimersByTimeAsync(5_000)
  await expect(caught).resolves.toMatchObject({ message: 'gave up after 5 s: no answer', exitCode: 124 })
})

test.each([
  ['before the first attempt', 0],
  ['during an attempt that ignores its signal', 50],
  ['during a pause', 150],
])('an interruption %s ends it at once with its reason', async (_, moment) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
  const reason = new InterruptedError('SIGTERM')
  if (moment === 0) interruption.abort(reason)
  setTimeout(() => interruption.abort(reason), moment)
  const waiting = retry(never, {
    clock: systemClock,
    deadline: new Deadline(60_000, systemClock),
    signal: interruption.signal,
    attemptTimeout: 100,
    random: () => 1,
  }).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(moment)
  await expect(waiting).resolves.toBe(reason)
  expect(vi.getTimerCount()).toBe(0)
})

test('an attempt that fails late, after its time, is not an unhandled rejection', async () => {
  const work = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => setImmediate(() => reject(new Error('late'))))
    })
  await expect(withTimeLimit(0, interruption.signal, work)).rejects.toThrow('no answer within 0 ms')
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
})

test('many limits on one signal leave no listener and no warning behind', async () => {
  const warnings: Error[] = []
  const listen = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listen)
  await Promise.all(Array.from({ length: 60 }, () => withTimeLimit(1_000, interruption.signal, async () => 'done')))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  expect(warnings).toEqual([])
})

test('a pause is drawn evenly from zero to a bound that doubles up to the longest', () => {
  const backoff = { first: 50, longest: 2_000 }
  const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 2_000].map((failures) => pauseAfter(failures, backoff, () => 1))
  expect(bounds).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000])
  expect(pauseAfter(3, backoff, () => 0)).toBe(0)
  expect(pauseAfter(3, backoff, () => 0.25)).toBe(50)
  expect(pauseAfter(5_000, { first: 0, longest: 2_000 }, () => 1)).toBe(0)
})

test('a pause is as long as the other side asked for, but not beyond the deadline', async () => {
  const { clock, sleeps } = sleepingClock()
  const throttled = (): Promise<never> => Promise.reject(new NotReadyError('503', { after: 7_000 }))
  const settings = { clock, deadline: new Deadline(10_000, clock), signal: interruption.signal, random: () => 1 }
  await expect(retry(throttled, settings)).rejects.toThrow('gave up after 10 s: 503')
  expect(sleeps).toEqual([7_000, 3_000])
})

test('what `again` names is tried again too, and keeps its exit code when time runs out', async () => {
  const { clock, sleeps } = sleepingClock()
  const denied = new DeniedError('403')
  const settings = {
    clock,
    deadline: new Deadline(1_000, clock),
    signal: interruption.signal,
    again: (reason: ToolError) => reason instanceof DeniedError,
  }
  await expect(retry(() => Promise.reject(denied), settings)).rejects.toBe(denied)
  expect(sleeps.length).toBeGreaterThan(1)
})

test('without a limit it goes on and on', async () => {
  const { clock } = sleepingClock()
  let attempts = 0
  const settings = { clock, deadline: new Deadline(Infinity, clock), signal: interruption.signal }
  await expect(retry(() => (++attempts < 500 ? refused() : Promise.resolve('ready')), settings)).resolves.toBe('ready')
})

test('neither attempts nor pauses leave a listener on the signal', async () => {
  const { signal } = interruption
  await withTimeLimit(1_000, signal, async () => {})
  await withTimeLimit(1, signal, never).catch(() => {})
  await systemClock.sleep(1, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a reason is told when it is another one', () => {
  const told: string[] = []
  const tell = whenChanged((reason) => told.push(reason))
  for (const message of ['refused', 'refused', 'starting', 'refused']) tell(new NotReadyError(message))
  expect(told).toEqual(['refused', 'starting', 'refused'])
})
