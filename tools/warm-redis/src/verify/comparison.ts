import type { Sink } from '../load/feed.ts'
import { type Entry, entryOf } from '../load/entry.ts'
import type { Journal } from '../load/journal.ts'
import type { RecordTarget } from '../records/records.ts'
import type { Questions } from '../redis/questions.ts'
import { Batch } from '../resp/batch.ts'
import { wordsAt } from '../resp/words.ts'
import { checks } from './checks.ts'

/** Records that are asked about at the same time. */
const atOnce = 200

/** Takes the commands that would load the records, and asks the server whether they are needed. */
export class Comparison implements RecordTarget, Sink {
  readonly msets = false
  compared = 0
  readonly #questions: Questions
  readonly #journal: Journal
  /** How many records are looked at, if not all. */
  readonly #sample: number | undefined
  readonly #batch = new Batch()
  #seen = 0
  #waiting: Entry[] = []

  constructor(questions: Questions, journal: Journal, sample: number | undefined) {
    this.#questions = questions
    this.#journal = journal
    this.#sample = sample
  }

  batch(): Batch {
    return this.#batch
  }

  full(): void {
    for (let entry = 0; entry < this.#batch.entries; entry++) this.#take(entryOf(this.#batch, entry))
    this.#batch.clear()
  }

  get isBusy(): boolean {
    return this.#sample === undefined && (this.#batch.entries > 0 || this.#waiting.length > 0)
  }

  async settle(): Promise<void> {
    this.full()
    if (this.#sample === undefined) await this.#ask()
  }

  /** Asks about what is left: the whole sample. */
  async finish(): Promise<void> {
    this.full()
    await this.#ask()
  }

  /** Every record has the same chance to be in the sample (Vitter, "Random Sampling with a Reservoir", 1985). */
  #take(entry: Entry): void {
    this.#seen++
    if (this.#sample === undefined || this.#waiting.length < this.#sample) this.#waiting.push(entry)
    else {
      const place = Math.floor(Math.random() * this.#seen)
      if (place < this.#sample) this.#waiting[place] = entry
    }
  }

  async #ask(): Promise<void> {
    const entries = this.#waiting
    this.#waiting = []
    for (let at = 0; at < entries.length; at += atOnce) {
      await Promise.all(entries.slice(at, at + atOnce).map((entry) => this.#compare(entry)))
    }
  }

  async #compare(entry: Entry): Promise<void> {
    this.compared++
    for (let at = 0; at < entry.bytes.length;) {
      const { words, end } = wordsAt(entry.bytes, at)
      at = end
      const [name, key, ...rest] = words
      const check = checks[name?.toString() ?? '']
      if (check === undefined || key === undefined) continue
      const problem = await check(key, rest, (...question) => this.#questions.about(key, ...question))
      if (problem !== undefined) return this.#journal.answer(entry, problem.kind, problem.message)
    }
    return undefined
  }
}
