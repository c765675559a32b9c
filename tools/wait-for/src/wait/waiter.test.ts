import { DeniedError, RefusedError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { describe, expect, test } from 'vitest'
import { prepared } from '../testing/probe-once.ts'
import { sleepingClock } from '../testing/sleeping-clock.ts'
import type { PreparedTarget } from '../targets.ts'
import { waitFor, type WaitSettings } from './waiter.ts'

/** A number is an attempt that hangs for so many milliseconds. */
type Step = 'ready' | Error | number

const refused = new NotYet('refused', 'connection refused', { gone: true, soon: true })
const starting = new NotYet('starting up')
const certificate = new RefusedError('certificate has expired')

/** Waits for a target whose attempts go by a script; the last step repeats. */
async function wait(script: readonly Step[], changes: Partial<WaitSettings> = {}) {
  const { clock, sleeps } = sleepingClock()
  const told: string[] = []
  let attempts = 0
  const subject: PreparedTarget = {
    ...(await prepared('tcp://db:5432')),
    attempt: async () => {
      const step = script[Math.min(attempts++, script.length - 1)]
      if (step instanceof Error) throw step
      if (typeof step !== 'number') return step
      await clock.sleep(step, new AbortController().signal)
      throw new NotYet('silent', 'connected, but no answer')
    },
  }
  const settings = {
    timeout: 60_000,
    attemptTimeout: 5_000,
    successes: 1,
    within: 1_000,
    invert: false,
    failFast: true,
    retryDenied: false,
  }
  const observer = { notYet: (_: PreparedTarget, { state }: NotYet) => void told.push(state) }
  const { signal } = new AbortController()
  const outcome = await waitFor(subject, { ...settings, ...changes }, observer, {
    clock,
    random: () => 0.5,
    signal,
  }).catch((error: unknown) => error)
  return { outcome, told, sleeps, attempts }
}

describe('waitFor', () => {
  test('ready at the first attempt', async () => {
    expect(await wait(['ready'])).toEqual({ outcome: 'ready', told: [], sleeps: [], attempts: 1 })
  })

  test('goes on while it is "not yet", and begins again with short pauses after a change', async () => {
    const { outcome, told, sleeps } = await wait([starting, starting, starting, refused, starting, 'ready'])
    expect(outcome).toBe('ready')
    expect(told).toEqual(['starting up', 'starting up', 'starting up', 'refused', 'starting up'])
    expect(sleeps).toEqual([25, 75, 150, 25, 25])
  })

  test('the deadline reports the last reason', async () => {
    const { outcome, sleeps } = await wait([refused, starting], { timeout: 500 })
    expect(outcome).toBe(starting)
    expect(sleeps.reduce((sum, each) => sum + each, 0)).toBe(500)
  })

  test('an attempt that the deadline cuts short does not replace the last reason, and a long one is told with it', async () => {
    // The second attempt begins after 25 ms.
    expect((await wait([refused, 475], { timeout: 500 })).outcome).toBe(refused)
    expect((await wait([refused, 4_000], { timeout: 4_025 })).outcome).toMatchObject({
      state: 'refused',
      message: 'connection refused; then no answer for 4 s',
    })
    expect((await wait([500], { timeout: 500 })).outcome).toMatchObject({ state: 'silent' })
    // With its whole time it is a reason of its own.
    expect((await wait([refused, 5_000], { timeout: 5_025 })).outcome).toMatchObject({ state: 'silent' })
  })

  test('without a limit it goes on', async () => {
    const script = [...Array.from({ length: 500 }, () => starting), 'ready'] as const
    expect((await wait(script, { timeout: Infinity })).outcome).toBe('ready')
  })

  test('retry-denied waits where access is denied, and for nothing else', async () => {
    const denied = new DeniedError('401 Unauthorized')
    expect(await wait([denied, 'ready'], { retryDenied: true })).toMatchObject({ outcome: 'ready', told: ['denied'] })
    expect(await wait([certificate, 'ready'], { retryDenied: true })).toMatchObject({ outcome: certificate })
  })

  test('"never" ends it at once, and only --no-fail-fast keeps waiting', async () => {
    expect(await wait([refused, certificate, 'ready'])).toMatchObject({ outcome: certificate, attempts: 2 })
    const patient = await wait([new DeniedError('403 Forbidden'), certificate, 'ready'], { failFast: false })
    expect(patient).toMatchObject({ outcome: 'ready', told: ['denied', 'rejected'] })
  })

  test('a bug is not taken for "not yet"', async () => {
    const bug = new TypeError('x is not a function')
    expect(await wait([bug, 'ready'], { failFast: false })).toMatchObject({ outcome: bug, attempts: 1 })
  })

  test('wants so many successes in a row, spread over --within', async () => {
    const { outcome, sleeps } = await wait(['ready', starting, 'ready'], { successes: 3, within: 4_000 })
    expect(outcome).toBe('ready')
    expect(sleeps).toEqual([2_000, 25, 2_000, 2_000])
  })

  test('--invert takes only a clean "gone"', async () => {
    const silent = new NotYet('no answer')
    expect(await wait(['ready', silent, starting, refused], { invert: true })).toMatchObject({
      outcome: 'connection refused',
      told: ['still there', 'no answer', 'starting up'],
    })
    expect(await wait(['ready', certificate, refused], { invert: true })).toMatchObject({ outcome: certificate })
    expect(await wait([silent], { invert: true, timeout: 100 })).toMatchObject({ outcome: silent })
  })
})
