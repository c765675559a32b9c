import {
  type Clock,
  type Deadline,
  formatDuration,
  type Log,
  NotReadyError,
  pauseAfter,
  whenChanged,
} from '@initbox/core'

export type AttemptSettings = {
  readonly deadline: Deadline
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
}

const backoff = { first: 200, longest: 10_000 }

/**
 * Calls `attempt` until it succeeds; "not yet" is tried again until the deadline, which an attempt that is at work is
 * allowed to pass (core's `retry` would end it): a transfer that advances is worth more than the limit.
 */
export async function untilDone<T>(
  attempt: () => Promise<T>,
  { deadline, clock, signal, log }: AttemptSettings,
): Promise<T> {
  const tell = whenChanged((reason) => log.info(`not yet: ${reason}`))
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof NotReadyError)) throw error
      const pause = Math.max(pauseAfter(failures, backoff), error.after ?? 0)
      if (deadline.remaining() <= pause) {
        const message = `gave up after ${formatDuration(deadline.timeout)}: ${error.message}`
        throw new NotReadyError(message, { hint: error.hint, cause: error })
      }
      tell(error)
      await clock.sleep(pause, signal)
    }
  }
}
