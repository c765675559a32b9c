import type { Clock, Deadline } from './clock.ts'
import { formatDuration, longestTimer } from '../values/duration.ts'
import { NotReadyError } from './errors.ts'

/** Bounds of the exponential back-off in milliseconds. */
export type Backoff = { readonly first: number; readonly longest: number }

export type RetrySettings = {
  readonly deadline: Deadline
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly backoff?: Backoff
  /** Longest time for one attempt in milliseconds; its signal is aborted then, and the attempt counts as "not yet". */
  readonly attemptTimeout?: number
  readonly random?: () => number
  /** Whom the attempts ask, for the sentence when time runs out before one of them was answered. */
  readonly from?: string
  /** Told the reason of every failed attempt and the pause before the next one in milliseconds. */
  readonly onNotReady?: (reason: NotReadyError, pause: number) => void
}

/**
 * Full jitter: a pause drawn evenly from zero to the exponentially growing bound, so that a herd of Pods spreads out
 * ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `failures` counts from 1.
 */
export function pauseAfter(failures: number, { first, longest }: Backoff, random: () => number = Math.random): number {
  return random() * Math.min(longest, first * 2 ** Math.min(failures - 1, 52))
}

/**
 * Calls `attempt` until it succeeds. A NotReadyError is "not yet" and tried again until the deadline, which reports the
 * last reason (exit 124); anything else is "never" and ends it at once.
 */
export async function retry<T>(attempt: (signal: AbortSignal) => Promise<T>, settings: RetrySettings): Promise<T> {
  const { deadline, clock, signal, backoff = { first: 100, longest: 10_000 }, attemptTimeout = Infinity } = settings
  let reason: NotReadyError | undefined
  for (let failures = 1; ; failures++) {
    const left = deadline.remaining()
    try {
      return await withTimeLimit(Math.min(attemptTimeout, left), signal, attempt)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof NotReadyError)) throw error
      // An attempt that the deadline cut short knows less than the one before it.
      if (!(error instanceof NoAnswerError) || attemptTimeout <= left) reason = error
    }
    if (deadline.remaining() === 0) throw outOfTime(settings, reason)
    const pause = Math.min(pauseAfter(failures, backoff, settings.random), deadline.remaining())
    if (reason !== undefined) settings.onNotReady?.(reason, pause)
    await clock.sleep(pause, signal)
    if (deadline.remaining() === 0) throw outOfTime(settings, reason)
  }
}

function outOfTime({ deadline, from }: RetrySettings, reason: NotReadyError | undefined): NotReadyError {
  const silence = from === undefined ? 'no answer' : `no answer from ${from}`
  return new NotReadyError(`gave up after ${formatDuration(deadline.timeout)}: ${reason?.message ?? silence}`, {
    hint: reason?.hint,
    cause: reason,
  })
}

class NoAnswerError extends NotReadyError {}

/**
 * Runs `work` with a signal that is aborted with a NotReadyError after so many milliseconds, and does not wait for work
 * that ignores its signal: what such work returns later is lost, so it must close what it opened itself.
 */
export async function withTimeLimit<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const limit = new AbortController()
  const stop = (): void => limit.abort(signal.reason)
  const late = (): void => limit.abort(new NoAnswerError(`no answer within ${formatDuration(milliseconds)}`))
  const timer = milliseconds <= longestTimer ? setTimeout(late, milliseconds) : undefined
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await new Promise<T>((resolve, reject) => {
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true })
      work(limit.signal).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
