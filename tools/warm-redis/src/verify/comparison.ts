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
    // A long collection is made by several commands of the same name, and looked at as a whole.
    let name = ''
    let key: Buffer | undefined
    const rest: Buffer[] = []
    for (let at = 0; at < entry.bytes.length;) {
      const { words, end } = wordsAt(entry.bytes, at)
      at = end
      const word = words[0]?.toString() ?? ''
      if (!(word in checks)) continue
      name = word
      key = words[1]
      for (let index = 2; index < words.length; index++) rest.push(words[index] as Buffer)
    }
    const of = key
    const check = checks[name]
    if (check === undefined || of === undefined) return
    const problem = await check(of, rest, (...question) => this.#questions.about(of, ...question))
    if (problem !== undefined) this.#journal.answer(entry, problem.kind, problem.message)
  }
}
