import type { Clock, Deadline } from './clock.ts'
import { formatDuration, longestTimer } from '../values/duration.ts'
import { NotReadyError, ToolError } from './errors.ts'

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
  readonly onNotReady?: (reason: ToolError, pause: number) => void
  /**
   * Other failures that are tried again too, such as a 401 while a service still makes its roles. When time runs out
   * such a one is thrown as it is, with its own exit code.
   */
  readonly again?: (reason: ToolError) => boolean
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
 * last reason (exit 124); anything else is "never" and ends it at once, unless `again` says otherwise. The pause is
 * never shorter than the other side asked for.
 */
export async function retry<T>(attempt: (signal: AbortSignal) => Promise<T>, settings: RetrySettings): Promise<T> {
  const { deadline, clock, signal, backoff = { first: 100, longest: 10_000 }, attemptTimeout = Infinity } = settings
  let reason: ToolError | undefined
  for (let failures = 1; ; failures++) {
    const left = deadline.remaining()
    try {
      return await withTimeLimit(Math.min(attemptTimeout, left), signal, attempt)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof NotReadyError || (error instanceof ToolError && settings.again?.(error)))) throw error
      // An attempt that the deadline cut short knows less than the one before it.
      if (!(error instanceof NoAnswerError) || attemptTimeout <= left) reason = error
    }
    if (deadline.remaining() === 0) throw outOfTime(settings, reason)
    const after = reason instanceof NotReadyError ? (reason.after ?? 0) : 0
    const pause = Math.min(Math.max(pauseAfter(failures, backoff, settings.random), after), deadline.remaining())
    if (reason !== undefined) settings.onNotReady?.(reason, pause)
    await clock.sleep(pause, signal)
    if (deadline.remaining() === 0) throw outOfTime(settings, reason)
  }
}

function outOfTime({ deadline, from }: RetrySettings, reason: ToolError | undefined): ToolError {
  if (reason !== undefined && !(reason instanceof NotReadyError)) return reason
  const silence = from === undefined ? 'no answer' : `no answer from ${from}`
  return new NotReadyError(`gave up after ${formatDuration(deadline.timeout)}: ${reason?.message ?? silence}`, {
    hint: reason?.hint,
    cause: reason,
  })
}

class NoAnswerError extends NotReadyError {}

type LimitSettings = {
  /** The error when time is up, from the sentence that says so; made when it is needed, since an Error takes time. */
  readonly late?: (sentence: string) => Error
  /** What the work throws at once when its signal is aborted is the result, since it says what it was waiting for. */
  readonly lastWord?: boolean
}

/**
 * Runs `work` with a signal that is aborted with a NotReadyError after so many milliseconds, and does not wait for work
 * that ignores its signal: what such work returns later is lost, so it must close what it opened itself.
 */
export async function withTimeLimit<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  { late = (sentence) => new NoAnswerError(sentence), lastWord = false }: LimitSettings = {},
): Promise<T> {
  signal.throwIfAborted()
  const limit = new AbortController()
  const stop = (): void => limit.abort(signal.reason)
  const expire = (): void => limit.abort(late(`no answer within ${formatDuration(milliseconds)}`))
  const timer = milliseconds <= longestTimer ? setTimeout(expire, milliseconds) : undefined
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await new Promise<T>((resolve, reject) => {
      const end = (): void => reject(limit.signal.reason)
      limit.signal.addEventListener('abort', () => (lastWord ? setImmediate(end) : end()), { once: true })
      work(limit.signal).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** For `onNotReady`: tells a reason once, and again when it is another one. */
export function whenChanged(tell: (reason: string) => void): (reason: ToolError) => void {
  let last: string | undefined
  return ({ message }) => {
    if (message !== last) tell(message)
    last = message
  }
}
