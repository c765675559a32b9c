import type { Clock } from '@initbox/core'

const first = 50
const longest = 2_000

export type ScheduleSettings = {
  readonly clock: Clock
  readonly random: () => number
  /** Fixed pause in milliseconds instead of the back-off. */
  readonly interval?: number | undefined
}

/**
 * When to try again. Time is cut into windows of 50 ms, 100 ms … 2 s, and the next attempt happens at an evenly drawn
 * moment of the next window: full jitter, with one attempt a window, so that a herd spreads out and stays below one
 * attempt in 2 s each.
 */
export class Schedule {
  readonly #settings: ScheduleSettings
  readonly #start: number
  #window = first
  #end: number

  constructor(settings: ScheduleSettings) {
    this.#settings = settings
    this.#start = settings.clock.now()
    this.#end = this.#start
  }

  /** Something moved (another answer than before): begin again with the shortest window. */
  restart(): void {
    this.#window = first
    this.#end = this.#settings.clock.now()
  }

  /**
   * Milliseconds until the next attempt. `soon` is for attempts that cost next to nothing, such as a refused
   * connection: their window is half a percent of the time waited so far, between 50 ms and 2 s.
   */
  pause({ soon }: { readonly soon: boolean }): number {
    const { clock, random, interval } = this.#settings
    if (interval !== undefined) return interval
    const now = clock.now()
    const length = soon ? Math.min(longest, Math.max(first, (now - this.#start) / 200)) : this.#window
    if (!soon) this.#window = Math.min(longest, this.#window * 2)
    const begin = Math.max(now, this.#end)
    this.#end = begin + length
    return begin - now + random() * length
  }
}
