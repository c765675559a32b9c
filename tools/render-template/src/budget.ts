import { formatBytes, RefusedError } from '@initbox/core'

/** What helps against every limit of size. */
export const largerHint = '--max-size raises the limit; all of it is held in memory'

/** Bytes that may still be held in memory for one purpose, so that a small container is never killed for it. */
export class Budget {
  readonly #what: string
  readonly #limit: number
  #used = 0

  /** `what` completes "… together are larger than 4 MB". */
  constructor(what: string, limit: number) {
    this.#what = what
    this.#limit = limit
  }

  /** Throws RefusedError when that many bytes more would be too many. */
  take(bytes: number): void {
    this.#used += bytes
    if (this.#used <= this.#limit) return
    throw new RefusedError(`${this.#what} together are larger than ${formatBytes(this.#limit)}`, {
      hint: largerHint,
    })
  }
}
