import { type Context, formatDuration, ToolError } from '@initbox/core'
import type { NotYet } from '@initbox/net'
import type { PreparedTarget } from '../targets.ts'

const shown = 4

/** What is known of one target. */
export type Entry = {
  readonly subject: PreparedTarget
  readonly outcome: 'waiting' | 'done' | 'failed'
  /** `ready` or `gone` when done. */
  readonly word: string
  /** Why the last attempt was not enough. */
  readonly last: ToolError | undefined
  /** The words of its changes, oldest first; only the last few. */
  readonly states: readonly string[]
  /** `postgres db:5432: refused → starting up → ready, 3.2 s`. */
  readonly story: string
}

/** Keeps what happened to each target, and tells the log every change. */
export class ProgressLog {
  readonly #entries: Map<PreparedTarget, Entry>
  readonly #context: Pick<Context, 'log' | 'clock'>
  readonly #start: number
  readonly #need: number
  /** Set to false while a live table shows the same. */
  lines = true

  /** `need` of the subjects are enough. */
  constructor(subjects: readonly PreparedTarget[], context: Pick<Context, 'log' | 'clock'>, need = subjects.length) {
    const fresh = { outcome: 'waiting', word: '', last: undefined, states: [] } as const
    this.#entries = new Map(subjects.map((subject) => [subject, { ...fresh, subject, story: subject.label }]))
    this.#context = context
    this.#need = need
    this.#start = context.clock.now()
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()]
  }

  /** Milliseconds since the start. */
  elapsed(): number {
    return this.#context.clock.now() - this.#start
  }

  notYet(subject: PreparedTarget, reason: NotYet): void {
    const before = this.#entries.get(subject)
    const changed = before?.states.at(-1) !== reason.state
    const states = changed ? [...(before?.states ?? []), reason.state].slice(-shown - 1) : (before?.states ?? [])
    const story = `${subject.label}: ${chain(states)}`
    this.#note({ subject, outcome: 'waiting', word: '', last: reason, states, story })
    this.#context.log.debug(`${subject.label}: ${reason.message}`, { target: subject.label })
    if (changed) this.#tell(subject, story)
  }

  /** `fact` is what the last attempt told beside being ready. */
  done(subject: PreparedTarget, word: string, fact: string | undefined): void {
    const before = this.#entries.get(subject)
    const states = [...(before?.states ?? []), fact === undefined ? word : `${word} (${fact})`]
    const story = `${subject.label}: ${chain(states)}, ${formatDuration(this.elapsed())}`
    this.#note({ subject, outcome: 'done', word, last: before?.last, states, story })
    // Of one target alone the sentence that ends the run says the same.
    if (this.#entries.size > 1) this.#tell(subject, story)
  }

  /** It is out for good; said at once where others are enough (`--mode any`), otherwise the run's last sentence says it. */
  failed(subject: PreparedTarget, error: unknown): void {
    const before = this.#entries.get(subject)
    const last = error instanceof ToolError ? error : before?.last
    const states = [...(before?.states ?? []), 'failed']
    const story = `${subject.label}: ${chain(states)}`
    this.#note({ subject, outcome: 'failed', word: '', last, states, story })
    const goesOn = this.entries.filter(({ outcome }) => outcome !== 'failed').length >= this.#need
    const { log } = this.#context
    if (goesOn && last !== undefined) log.warning(`${subject.label}: ${last.sentence}`, { target: subject.label })
  }

  #note(entry: Entry): void {
    this.#entries.set(entry.subject, entry)
  }

  #tell({ label }: PreparedTarget, line: string): void {
    if (this.lines) this.#context.log.info(line, { target: label })
  }
}

/** `refused → starting up → ready`; of a long story the end. */
function chain(states: readonly string[]): string {
  return states.length <= shown ? states.join(' → ') : `… → ${states.slice(-shown).join(' → ')}`
}
