import type { Clock } from '@initbox/core'

/** Holds a load back to so many records a second. */
export class Pace {
  readonly #rate: number
  readonly #clock: Clock
  #start: number | undefined

  constructor(rate: number, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /** Waits until so many records may have been read. */
  async wait(records: number, signal: AbortSignal): Promise<void> {
    this.#start ??= this.#clock.now()
    const pause = this.#start + (records / this.#rate) * 1000 - this.#clock.now()
    // What a pause of the server lost is not made up for by a burst.
    if (pause < -1_000) this.#start -= pause
    if (pause > 5) await this.#clock.sleep(pause, signal)
  }
}
