import { longestTimer } from '../values/duration.ts'

/** Time as the tools see it, so that tests need not wait. */
export type Clock = {
  /** Monotonic milliseconds since some moment in the past. */
  readonly now: () => number
  /** Resolves after so many milliseconds, 24 days at most; rejects with the signal's reason when it is aborted before. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** The real time. */
export const systemClock: Clock = {
  // `performance` would cost a millisecond at its first use.
  now: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(
        () => {
          signal.removeEventListener('abort', stop)
          resolve()
        },
        Math.min(milliseconds, longestTimer),
      )
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    }),
}

/** The moment after which a run gives up. */
export class Deadline {
  readonly timeout: number
  readonly #clock: Clock
  readonly #end: number

  /** `timeout` in milliseconds from now; Infinity is no limit. */
  constructor(timeout: number, clock: Clock) {
    this.timeout = timeout
    this.#clock = clock
    this.#end = clock.now() + timeout
  }

  /**
   * Milliseconds that are left, never below zero. Less than one is none: Node's timers count in whole milliseconds and
   * may fire that much early, and who was woken by the deadline must find it over.
   */
  remaining(): number {
    const left = this.#end - this.#clock.now()
    return left < 1 ? 0 : left
  }
}
