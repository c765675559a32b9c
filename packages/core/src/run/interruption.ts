import type { EventEmitter } from 'node:events'
import { InterruptedError, stackOf } from '../errors/errors.ts'
import type { Log } from '../log/log.ts'

/** Where signals, stray errors and Node's warnings arrive: `process`. */
export type ProcessEvents = Pick<EventEmitter, 'on' | 'removeAllListeners'>

/**
 * Tells when a run must end before its time: by SIGTERM and SIGINT (an InterruptedError), by an error that nobody
 * caught, or because nothing is left that could end it (that error). Only the first one counts.
 */
export class Interruption {
  readonly #grace: number
  #controller: AbortController | undefined
  #stopped: { readonly reason: unknown } | undefined
  #giveUp: ((reason: unknown) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  /** An interrupted run may take `grace` milliseconds to clean up. */
  constructor(events: ProcessEvents, log: Log, grace: number) {
    this.#grace = grace
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      // As PID 1 a process without handlers ignores both. They stay until the end: a second signal, which a terminal
      // and a parent often send together, must not cut short what the first one began.
      events.on(name, () => this.#stop(new InterruptedError(name)))
    }
    // Node itself would print these past the redactor.
    events.on('uncaughtException', (error: unknown) => {
      log.debug(`uncaught: ${stackOf(error)}`)
      this.#stop(error)
    })
    events.removeAllListeners('warning').on('warning', ({ name, message }: Error) => log.debug(`${name}: ${message}`))
    events.on('beforeExit', () => this.#stop(new Error('it waited for something that cannot happen any more')))
  }

  /** Aborted with the reason; made when first asked for, because `AbortController` takes time to load. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#stopped !== undefined) this.#controller.abort(this.#stopped.reason)
    return this.#controller.signal
  }

  /** Why the run must end, once it must. */
  get stopped(): { readonly reason: unknown } | undefined {
    return this.#stopped
  }

  /** Waits for the run, but no longer than the grace once it is interrupted; then rejects with the reason. */
  async limit<T>(run: Promise<T>): Promise<T> {
    try {
      return await new Promise((resolve, reject) => {
        run.then(resolve, reject)
        this.#giveUp = reject
        if (this.#stopped !== undefined) this.#startGrace(this.#stopped.reason)
      })
    } finally {
      this.#giveUp = undefined
      clearTimeout(this.#timer)
    }
  }

  #stop(reason: unknown): void {
    if (this.#stopped !== undefined) return
    this.#stopped = { reason }
    this.#controller?.abort(reason)
    this.#startGrace(reason)
  }

  #startGrace(reason: unknown): void {
    if (this.#giveUp !== undefined) this.#timer = setTimeout(this.#giveUp, this.#grace, reason)
  }
}
