import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { NotYet } from '../not-yet.ts'
import { race } from './race.ts'

const never = new AbortController().signal
const refused = new NotYet('refused', 'connection refused', { gone: true })
const unreachable = new NotYet('unreachable')
const silent = new NotYet('no answer')

const prize = { destroy: vi.fn<() => void>() }
const wins =
  (after = 0) =>
  () =>
    new Promise<typeof prize>((resolve) => setTimeout(() => resolve(prize), after))
const fails =
  (error: Error, after = 0) =>
  () =>
    new Promise<typeof prize>((_, reject) => setTimeout(() => reject(error), after))
const hangs = (signal: AbortSignal) =>
  new Promise<typeof prize>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('race', () => {
  test('goes on at once after a failure, and after 250 ms of silence', async () => {
    const first = race([fails(refused), wins()], never)
    await vi.advanceTimersByTimeAsync(10)
    await expect(first).resolves.toBe(prize)
    const second = race([hangs, wins()], never)
    await vi.advanceTimersByTimeAsync(249)
    let over = false
    void second.then(() => (over = true))
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(11)
    await expect(second).resolves.toBe(prize)
  })

  test('does not give up on a slow one that was there first, and destroys what comes too late', async () => {
    const racing = race([wins(400), wins(300)], never)
    await vi.advanceTimersByTimeAsync(400)
    await expect(racing).resolves.toBe(prize)
    expect(prize.destroy).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(prize.destroy).toHaveBeenCalledOnce()
  })

  test.each([
    ['refused by all', [refused, refused], refused],
    ['refused, and the other family has no route', [unreachable, refused], refused],
    ['silence is not a clean refusal', [refused, silent], silent],
    ['no route at all', [unreachable, unreachable], unreachable],
  ])('when all fail it tells the failure that says most: %s', async (_, failures, expected) => {
    const racing = race(
      failures.map((error) => fails(error)),
      never,
    ).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(10)
    expect(await racing).toBe(expected)
  })

  test('ends with its signal', async () => {
    const interruption = new AbortController()
    const racing = race([hangs], interruption.signal)
    interruption.abort(silent)
    await expect(racing).rejects.toBe(silent)
  })

  test('lets its attempts say what they were waiting for when time is up', async () => {
    const interruption = new AbortController()
    const explained = new NotYet('silent', 'connected, but no answer')
    const explains = (signal: AbortSignal) =>
      new Promise<typeof prize>((_, reject) => signal.addEventListener('abort', () => reject(explained)))
    const racing = race([explains], interruption.signal).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(1_000)
    interruption.abort(silent)
    expect(await racing).toBe(explained)
  })
})
