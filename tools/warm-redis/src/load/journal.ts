import { formatCount, formatDuration, listSome, type Log, RefusedError, type ToolError } from '@initbox/core'
import type { Origins, Position } from '../input/origins.ts'
import { type Entry, nameOf } from './entry.ts'

/** As many errors as the log tells one by one. */
const told = 20

/** Counts what became of the records, and keeps the first error for the sentence that ends the run. */
export class Journal {
  /** Records that the server said yes to. */
  loaded = 0
  /** Records that `--existing` let be. */
  skipped = 0
  readonly kinds = new Map<string, number>()
  first: string | undefined
  readonly #log: Log
  readonly #origins: Origins
  readonly #most: number
  #last: Position = -1

  constructor(log: Log, origins: Origins, most: number) {
    this.#log = log
    this.#origins = origins
    this.#most = most
  }

  get errors(): number {
    return [...this.kinds.values()].reduce((sum, count) => sum + count, 0)
  }

  /** A record that the server refused. */
  answer(entry: Entry, word: string, message: string): void {
    const [position = 0] = entry.positions
    this.refuse(position, word, `${nameOf(entry, !this.#origins.isVerbatim(position))}: ${message}`)
  }

  /** A record that is wrong, in words that complete "products.ndjson:17: …". */
  refuse(position: Position, kind: string, message: string): void {
    if (position === this.#last) return
    this.#last = position
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1)
    const sentence = `${this.#origins.format(position)}: ${message}`
    this.first ??= sentence
    const count = this.errors
    if (count <= told) this.#log[this.#most === 0 ? 'debug' : 'warning'](sentence)
    if (count === told + 1) this.#log.warning('further errors are only counted')
  }

  /** How far a run came that failed. */
  done(unanswered: number): string {
    const rest = unanswered === 0 ? '' : `, ${formatCount(unanswered)} were sent and have no answer`
    return `${countOf(this.loaded, 'record')} ${this.loaded === 1 ? 'was' : 'were'} loaded${rest}`
  }

  /** What was done, in so many milliseconds: `loaded 1,000,000 records (75 MB) in 2 s, 500,000/s`. */
  summary(time: number): string {
    const rate = this.loaded > 1_000 && time > 100 ? `, ${formatCount(Math.round((this.loaded / time) * 1_000))}/s` : ''
    const skipped = this.skipped === 0 ? '' : `, ${formatCount(this.skipped)} were left as they are`
    const kinds = [...this.kinds].map(([kind, count]) => `${formatCount(count)} ${kind}`)
    const errors = kinds.length === 0 ? '' : `, ${countOf(this.errors, 'error')} (${listSome(kinds)}): ${this.first}`
    return `loaded ${countOf(this.loaded, 'record')} in ${formatDuration(time)}${rate}${skipped}${errors}`
  }

  /** An error that ends the run, with the record that met it. */
  blame(entry: Entry, error: ToolError): ToolError {
    const [position = 0] = entry.positions
    const name = nameOf(entry, !this.#origins.isVerbatim(position))
    return reworded(error, `${this.#origins.format(position)}: ${name}: ${error.message}`)
  }

  /** Whether there were more errors than `--max-errors` allows. */
  get isFull(): boolean {
    return this.errors > this.#most
  }

  /** What a run with too many errors ends with. */
  failure(): RefusedError {
    const count = this.errors
    const more = count > 1 ? `, and ${countOf(count - 1, 'more error')}` : ''
    return new RefusedError(`${this.first ?? 'errors'}${more}`)
  }
}

function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** The same error with more words at its end: what was done when it happened. */
export function withMore(error: ToolError, words: string): ToolError {
  return reworded(error, `${error.message}; ${words}`)
}

function reworded(error: ToolError, message: string): ToolError {
  const Same = error.constructor as new (
    message: string,
    details: { hint?: string | undefined; cause: unknown },
  ) => ToolError
  return new Same(message, { hint: error.hint, cause: error })
}
