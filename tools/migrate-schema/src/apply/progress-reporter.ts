import { type Clock, formatCount, formatDuration, type Log } from '@initbox/core'

const interval = 5_000

/** Says every few seconds what is running and how far it is; a single statement may well take an hour. */
export class ProgressReporter {
  /** Statements of the files at hand that were sent so far. */
  statements = 0
  readonly #timer: NodeJS.Timeout

  constructor(what: string, { log, clock }: { readonly log: Log; readonly clock: Clock }) {
    const started = clock.now()
    this.#timer = setInterval(() => {
      const sent = this.statements === 0 ? '' : `, ${formatCount(this.statements)} statements so far`
      log.info(`${what}: running for ${formatDuration(clock.now() - started)}${sent}`)
    }, interval)
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
