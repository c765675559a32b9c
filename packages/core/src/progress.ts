import { fstatSync } from 'node:fs'
import type { Clock } from './clock.ts'
import { type Log, writeError } from './log.ts'

export type ProgressSettings = {
  readonly log: Log
  readonly clock: Clock
  /** Pause between two lines in the log in milliseconds. */
  readonly interval?: number
  /** Redraw one live line instead; by default when stderr is a terminal. */
  readonly live?: boolean
  readonly write?: (text: string) => void
}

/** Tells how far a long job is: a line in the log every few seconds, or a live line on a terminal. */
export class Progress {
  readonly #settings: Required<ProgressSettings>
  #last: number

  constructor(settings: ProgressSettings) {
    const live = settings.live ?? isTerminal()
    this.#settings = { interval: live ? 100 : 5_000, live, write: writeError, ...settings }
    this.#last = settings.clock.now()
  }

  /** Call it as often as you like; the text is only made when it is shown. */
  tick(describe: () => string): void {
    const { clock, interval, live, log, write } = this.#settings
    if (clock.now() - this.#last < interval) return
    this.#last = clock.now()
    if (live) write(`\r\u001b[K${describe()}`)
    else log.info(describe())
  }

  /** Takes the live line away. */
  end(): void {
    if (this.#settings.live) this.#settings.write('\r\u001b[K')
  }
}

/** Whether stderr is a terminal; a cheap look first, because `node:tty` costs start-up time. */
export function isTerminal(): boolean {
  try {
    return fstatSync(2).isCharacterDevice() && process.stderr.isTTY
  } catch {
    return false
  }
}
