import { RefusedError } from '@initbox/core'
import type { ReadyFile } from '../files/mode.ts'
import type { HistoryRecord } from '../history/record.ts'
import { isSessionSetting, runsAlone } from '../sql/kind.ts'
import type { Statement } from '../sql/statement.ts'
import { whileBusy } from './busy.ts'
import { excerpt } from './excerpt.ts'
import { asOurselves, own, resetSession, rollBack, timeouts } from './in-transaction.ts'
import { Pulse } from './pulse.ts'
import type { ApplyRun } from './run.ts'
import { batchSize, type Item, send } from './send.ts'
import { runAlone } from './alone.ts'
import { DoneChecksum } from './done-checksum.ts'
import { explain, explainOwn, StatementError } from './statement-error.ts'

/**
 * Applies a file statement by statement, and keeps in the history how far it got: with each statement in one transaction
 * where that is possible, before and after it where it is not. `record` is where an earlier run stopped.
 */
export async function applyInSteps(file: ReadyFile, record: HistoryRecord | undefined, run: ApplyRun): Promise<void> {
  const { migration } = file
  const resumed = record?.state === 'unfinished' ? record : undefined
  if (resumed === undefined) {
    await sendOwn(run, [...run.fence.start, run.history.enter(migration, 'unfinished', run.by)])
  } else if (resumed.done > 0) run.log.info(`${migration.file}: going on after statement ${resumed.done}`)
  const pulse = new Pulse(migration.file, run)
  try {
    const steps = new Steps(file, resumed, run, pulse)
    for (const statement of file.statements()) await steps.take(statement)
    await steps.flush()
  } finally {
    pulse.end()
  }
  await sendOwn(run, [...run.fence.start, run.history.finish(migration)])
  if (!run.pooled) await run.session.script(resetSession.join('; '))
}

class Steps {
  readonly #file: ReadyFile
  readonly #resumed: HistoryRecord | undefined
  readonly #run: ApplyRun
  readonly #pulse: Pulse
  readonly #checksum = new DoneChecksum()
  #count = 0
  #inserts: Statement[] = []
  #size = 0

  constructor(file: ReadyFile, resumed: HistoryRecord | undefined, run: ApplyRun, pulse: Pulse) {
    this.#pulse = pulse
    this.#file = file
    this.#resumed = resumed
    this.#run = run
  }

  async take(statement: Statement): Promise<void> {
    const done = this.#resumed?.done ?? 0
    if (this.#count < done) {
      this.#note(statement)
      if (this.#count === done && this.#checksum.digest() !== this.#resumed?.doneChecksum) throw this.#editedLater(done)
      if (isSessionSetting(statement)) await this.#set(statement)
    } else if (statement.head[0] === 'insert') {
      this.#inserts.push(statement)
      this.#size += statement.text.length
      if (this.#size >= batchSize) await this.flush()
    } else {
      await this.flush()
      if (isSessionSetting(statement)) await this.#set(statement)
      else if (runsAlone(statement)) await this.#alone(statement)
      else return this.#inTransaction([statement])
      this.#note(statement)
      await sendOwn(this.#run, [this.#progress()])
    }
  }

  /** INSERTs that follow each other take no lock that anybody waits for, and so share a transaction. */
  async flush(): Promise<void> {
    if (this.#inserts.length === 0) return
    const inserts = this.#inserts
    this.#inserts = []
    this.#size = 0
    await this.#inTransaction(inserts)
  }

  async #inTransaction(statements: readonly Statement[]): Promise<void> {
    const { fence, session } = this.#run
    const { migration, script } = this.#file
    const before = this.#count
    for (const statement of statements) this.#note(statement)
    const items: Item[] = [
      ...own(['BEGIN', ...timeouts(script, this.#run), ...fence.start]),
      ...statements.map((statement) => ({ text: statement.text, origin: { migration, statement } })),
      ...own([...asOurselves, this.#progress(), ...fence.end, 'COMMIT']),
    ]
    await this.#step(before, async () => {
      try {
        await send(session, items)
      } catch (error) {
        await rollBack(this.#run)
        throw error
      }
    })
  }

  async #alone(statement: Statement): Promise<void> {
    const doubtful = this.#resumed?.begun === true && this.#count === this.#resumed.done
    await this.#step(this.#count, () => runAlone(this.#file, statement, this.#count + 1, doubtful, this.#run))
  }

  async #set(statement: Statement): Promise<void> {
    if (this.#run.pooled) {
      throw new RefusedError(
        `${this.#file.migration.file}:${statement.line}: ${statement.text.split('\n')[0]} would not last behind a pooler`,
        { hint: 'connect to the database itself, or use SET LOCAL within one statement' },
      )
    }
    const origin = { migration: this.#file.migration, statement }
    await this.#step(this.#count, () => send(this.#run.session, [{ text: statement.text, origin }]))
  }

  async #step(before: number, work: () => Promise<void>): Promise<void> {
    const { migration, script } = this.#file
    try {
      await whileBusy(this.#run, migration.file, script.retry, work)
    } catch (error) {
      if (!(error instanceof StatementError)) throw error
      if (!error.isOfMigration) throw explainOwn(error)
      this.#run.log.error(excerpt(error))
      const kept =
        before === 0 ? 'no statement of this file is done' : `statements 1 to ${before} of this file are done and stay`
      throw explain(error, migration.file, `${kept}; the next run goes on with statement ${before + 1}`)
    }
  }

  #note(statement: Statement): void {
    this.#pulse.statements = ++this.#count
    this.#checksum.add(statement)
  }

  #progress(): string {
    return this.#run.history.progress(this.#file.migration, this.#count, this.#checksum.digest())
  }

  #editedLater(done: number): RefusedError {
    return new RefusedError(
      `${this.#file.migration.file}: rule changed: its first ${done} statements are done and are not what was applied`,
      { hint: 'put them back, or say where to go on with `repair --resume-at N`' },
    )
  }
}

async function sendOwn(run: ApplyRun, texts: readonly string[]): Promise<void> {
  try {
    await send(run.session, [...own(texts)])
  } catch (error) {
    throw error instanceof StatementError ? explainOwn(error) : error
  }
}
