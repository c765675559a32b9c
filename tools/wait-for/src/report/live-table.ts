import { type Clock, formatDuration, type Redactor, writeError } from '@initbox/core'
import type { Entry, ProgressLog } from './progress-log.ts'

const redrawEvery = 100

/** One line per target, redrawn in place while it waits, and left as it was at the end. */
export class LiveTable {
  readonly #progress: ProgressLog
  readonly #redactor: Redactor
  readonly #write: (text: string) => void
  readonly #size: () => { readonly rows: number; readonly columns: number }
  #lines = 0

  constructor(progress: ProgressLog, redactor: Redactor, { write = writeError, size = terminalSize } = {}) {
    this.#progress = progress
    this.#redactor = redactor
    this.#write = write
    this.#size = size
    progress.lines = false
  }

  /** Redraws until the signal is aborted. */
  async show(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#draw()
      await clock.sleep(redrawEvery, signal).catch(() => {})
    }
    this.#draw()
  }

  #draw(): void {
    const { rows, columns } = this.#size()
    const { entries } = this.#progress
    // What does not fit would scroll away and could not be redrawn: the waiting ones come first then.
    const room = Math.max(1, rows - 2)
    const order = entries.length <= room ? entries : entries.toSorted((a, b) => rank(a) - rank(b))
    const lines = order
      .slice(0, room)
      .map((entry) => cut(this.#clean(line(entry, this.#progress.elapsed())), columns - 1))
    if (entries.length > room) lines.push(`… and ${entries.length - room} more`)
    const up = this.#lines === 0 ? '' : `\u001b[${this.#lines}A`
    this.#write(`${up}${lines.map((each) => `\r\u001b[K${each}\n`).join('')}\u001b[J`)
    this.#lines = lines.length
  }

  /** A server's words must not move the cursor. */
  #clean(text: string): string {
    return this.#redactor.redact(text).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
  }
}

function line({ outcome, story }: Entry, elapsed: number): string {
  const sign = { waiting: '…', done: '✓', failed: '✗' }[outcome]
  return outcome === 'waiting' ? `${sign} ${story}, ${formatDuration(elapsed)}` : `${sign} ${story}`
}

function rank({ outcome }: Entry): number {
  return outcome === 'done' ? 1 : 0
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`
}

function terminalSize(): { rows: number; columns: number } {
  return { rows: process.stderr.rows || 24, columns: process.stderr.columns || 80 }
}
