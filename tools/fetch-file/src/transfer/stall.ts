import { type Clock, formatBytes, formatDuration, NotReadyError } from '@initbox/core'

/** The transfer is stuck, or advances too little. */
export class SlowError extends NotReadyError {}

type StallSettings = {
  readonly clock: Clock
  /** Milliseconds over which the rate is looked at. */
  readonly window: number
  /** Bytes per second. */
  readonly minRate: number
}

/** Tells a transfer that is stuck from one whose bytes we are slow to take: only time in which we wait for bytes counts. */
export class Stall {
  readonly #settings: StallSettings
  #bytes = 0
  /** Milliseconds in which the sink was busy. */
  #busy = 0
  #busySince: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(settings: StallSettings) {
    this.#settings = settings
  }

  count(bytes: number): void {
    this.#bytes += bytes
  }

  /** Time until the promise is kept is the sink's own. */
  beside(taken: void | Promise<void>): void | Promise<void> {
    if (taken === undefined) return undefined
    const since = this.#settings.clock.now()
    this.#busySince = since
    return taken.finally(() => {
      this.#busy += this.#settings.clock.now() - since
      this.#busySince = undefined
    })
  }

  /** Waits for the transfer. Throws SlowError when it is stuck, and the signal's reason. */
  async watch(signal: AbortSignal, transfer: Promise<void>): Promise<void> {
    const { clock, window, minRate } = this.#settings
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      const settled = (): void => signal.removeEventListener('abort', stop)
      transfer.then(resolve, reject).finally(settled)
      let begin = clock.now()
      this.#timer = setInterval(
        () => {
          if (this.#busySince !== undefined) return
          const waited = clock.now() - begin - this.#busy
          if (waited < window) return
          if (this.#bytes < (minRate * waited) / 1_000) {
            reject(
              new SlowError(
                this.#bytes === 0
                  ? `no bytes came for ${formatDuration(window)}`
                  : `only ${formatBytes(this.#bytes)} came in ${formatDuration(window)}`,
                { hint: '--min-rate and --attempt-timeout say what is too slow' },
              ),
            )
            settled()
          }
          begin = clock.now()
          this.#busy = 0
          this.#bytes = 0
        },
        Math.max(10, window / 10),
      )
    })
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
