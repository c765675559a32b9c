/**
 * The end of a run as a signal for all that is still going on. Aborting a signal takes a millisecond even when nobody
 * listens, so it is left out where nothing is left to stop.
 */
export class RunScope {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #stop = (): void => this.#controller.abort(this.#outer.reason)
  #timer: NodeJS.Timeout | undefined
  #beside: Promise<void> | undefined
  #watched = false
  #over = false

  /** Ends with `outer` at the latest. */
  constructor(outer: AbortSignal) {
    this.#outer = outer
    outer.addEventListener('abort', this.#stop, { once: true })
    if (outer.aborted) this.#stop()
  }

  /** For what ends by itself in a good run. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** For what lasts until the run ends, such as watchers. */
  get watched(): AbortSignal {
    this.#watched = true
    return this.#controller.signal
  }

  /** Begins `work` after so many milliseconds, if the run is still going on then. */
  beside(milliseconds: number, work: (signal: AbortSignal) => Promise<void>): void {
    this.#timer = setTimeout(() => (this.#beside = work(this.#controller.signal)), milliseconds)
  }

  /** Stops what lasts, and waits for the work beside; `busy` says that something else is still going on. Only the first call counts. */
  async over(busy: boolean): Promise<void> {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#outer.removeEventListener('abort', this.#stop)
    // Any reason will do; without one Node would make a DOMException, which takes time too.
    if (busy || this.#watched || this.#beside !== undefined) this.#controller.abort('the run is over')
    await this.#beside
  }
}
