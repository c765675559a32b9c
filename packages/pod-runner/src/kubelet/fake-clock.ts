import type { Clock } from '@initbox/core'

/** A clock whose sleeps end at once, and are written down; sleeps of exactly `never` milliseconds only end by their signal. */
export class FakeClock implements Clock {
  readonly slept: number[] = []
  readonly #never: number

  constructor(never = -1) {
    this.#never = never
  }

  now(): number {
    return this.slept.reduce((sum, each) => sum + each, 0)
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      if (milliseconds === this.#never) return
      setImmediate(() => {
        if (signal.aborted) return
        this.slept.push(milliseconds)
        resolve()
      })
    })
  }
}
