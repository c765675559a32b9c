import type { Clock } from '../errors/clock.ts'
import type { Log } from './log.ts'

export type ProgressSettings = {
  readonly log: Log
  readonly clock: Clock
  /** Pause between two lines in milliseconds. */
  readonly interval?: number
}

/** Tells how far a long job is: a line in the log every few seconds, or a live line on a terminal. */
export class Progress {
  readonly #clock: Clock
  readonly #interval: number
  readonly #show: (line: string) => void
  readonly #log: Log
  #last: number

  constructor({ log, clock, interval }: ProgressSettings) {
    const { live } = log
    this.#log = log
    this.#clock = clock
    this.#interval = interval ?? (live === undefined ? 5_000 : 100)
    this.#show = live ?? log.info
    this.#last = clock.now()
  }

  /** Call it as often as you like; the text is only made when it is shown. */
  tick(describe: () => string): void {
    const now = this.#clock.now()
    if (now - this.#last < this.#interval) return
    this.#last = now
    this.#show(describe())
  }

  /** Takes the live line away. */
  end(): void {
    this.#log.live?.('')
  }
}
