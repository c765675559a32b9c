import type { Clock } from '@initbox/core'

/** What is known of one thing that is kept fresh, such as a secret. */
export type Item = { readonly name: string; readonly changed: number }

/** What the endpoints tell; times are in milliseconds of the wall clock, durations of the monotonic one. */
export class State {
  readonly tool: string
  readonly #clock: Clock
  readonly #maxStale: number
  successes = 0
  failures = 0
  onChangeFailures = 0
  lastDuration = 0
  lastSuccess = 0
  lastChange = 0
  /** The last refresh's reason, when it failed. */
  problem: string | undefined
  items: readonly Item[] = []
  #freshUntil = -Infinity

  constructor(tool: string, maxStale: number, clock: Clock) {
    this.tool = tool
    this.#maxStale = maxStale
    this.#clock = clock
  }

  /** Notes a refresh that went well. */
  succeeded(duration: number, hasChanged: boolean, items: readonly Item[]): void {
    const now = Date.now()
    this.successes++
    this.lastDuration = duration
    this.lastSuccess = now
    if (hasChanged) this.lastChange = now
    this.items = items
    this.problem = undefined
    this.#freshUntil = this.#clock.now() + this.#maxStale
  }

  failed(reason: string): void {
    this.failures++
    this.problem = reason
  }

  get isStarted(): boolean {
    return this.successes > 0
  }

  get isFresh(): boolean {
    return this.#clock.now() < this.#freshUntil
  }
}
