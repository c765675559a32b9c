import { type Deadline, formatBytes, formatDuration, NotReadyError } from '@initbox/core'

export type PatienceSettings = {
  /** Longest silence in milliseconds. */
  readonly silence: number
  readonly deadline: Deadline
  /** Bytes a second below which a transfer is given up after a minute. */
  readonly minRate: number
  readonly signal: AbortSignal
}

const WINDOW = 60_000

/**
 * How long to wait for a server: `signal` is aborted with NotReadyError after a silence, when time is over before the
 * server has said anything, and when it is too slow for a minute. A transfer that advances is never ended.
 */
export class Patience implements Disposable {
  readonly signal: AbortSignal
  readonly #settings: PatienceSettings
  readonly #controller = new AbortController()
  readonly #stop: () => void
  #timer: NodeJS.Timeout | undefined
  #heard = performance.now()
  #windowBegin = performance.now()
  #windowBytes = 0
  #bytes = 0

  constructor(settings: PatienceSettings) {
    this.#settings = settings
    this.signal = this.#controller.signal
    this.#stop = () => this.#controller.abort(settings.signal.reason)
    settings.signal.addEventListener('abort', this.#stop, { once: true })
    if (settings.signal.aborted) this.#stop()
    this.#arm()
  }

  /** Call it with each piece that comes. */
  heard(bytes: number): void {
    this.#heard = performance.now()
    this.#windowBytes += bytes
    this.#bytes += bytes
  }

  #arm(): void {
    const { silence, deadline } = this.#settings
    const limit = this.#bytes === 0 ? Math.min(silence, deadline.remaining()) : silence
    const left = this.#heard + limit - performance.now()
    this.#timer = setTimeout(() => this.#look(limit), Math.max(1, Math.min(left, 5_000)))
    this.#timer.unref()
  }

  #look(limit: number): void {
    const now = performance.now()
    if (now - this.#heard >= limit) {
      this.#controller.abort(new NotReadyError(`the server was silent for ${formatDuration(limit)}`))
      return
    }
    if (now - this.#windowBegin >= WINDOW) {
      const rate = (this.#windowBytes * 1000) / (now - this.#windowBegin)
      if (rate < this.#settings.minRate && this.#bytes > 0) {
        const slowest = formatBytes(this.#settings.minRate)
        this.#controller.abort(
          new NotReadyError(`the server sent less than ${slowest} a second for a minute (--min-rate)`),
        )
        return
      }
      this.#windowBegin = now
      this.#windowBytes = 0
    }
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#settings.signal.removeEventListener('abort', this.#stop)
  }
}
