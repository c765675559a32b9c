import { RefusedError } from '@initbox/core'
import type { ReadyFile } from '../files/mode.ts'
import type { HistoryRecord } from '../history/record.ts'
import { isNonTransactional, isSessionSetting, transactionControl } from '../sql/kind.ts'
import type { Statement } from '../sql/statement.ts'
import { whileBusy } from './busy.ts'
import { excerpt } from './excerpt.ts'
import { asOurselves, own, resetSession, rollBack, timeouts } from './in-transaction.ts'
import { ProgressReporter } from './progress-reporter.ts'
import type { ApplyRun } from './run.ts'
import { batchSize, type Item, send, sendAll } from './send.ts'
import { runNonTransactional } from './non-transactional.ts'
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
  const reporter = new ProgressReporter(migration.file, run)
  try {
    const steps = new Steps(file, resumed, run, reporter)
    for (const statement of file.statements()) await steps.take(statement)
    await steps.end()
  } finally {
    reporter.end()
  }
  await sendOwn(run, [...run.fence.start, run.history.finish(migration)])
  if (!run.pooled) await run.session.script(resetSession.join('; '))
}

/** A transaction that the file itself has begun. */
type Block = {
  /** How many statements were done before it. */
  readonly before: number
  items: Item[]
  size: number
  /** Whether a part of it is with the server already. */
  sent: boolean
}

/** So much of a transaction is held to be sent again while locks are busy, in characters. */
const mostOfBlock = 1024 * 1024

class Steps {
  readonly #file: ReadyFile
  readonly #resumed: HistoryRecord | undefined
  readonly #run: ApplyRun
  readonly #reporter: ProgressReporter
  readonly #checksum = new DoneChecksum()
  #count = 0
  #block: Block | undefined
  #inserts: Statement[] = []
  #size = 0

  constructor(file: ReadyFile, resumed: HistoryRecord | undefined, run: ApplyRun, reporter: ProgressReporter) {
    this.#reporter = reporter
    this.#file = file
    this.#resumed = resumed
    this.#run = run
  }

  async take(statement: Statement): Promise<void> {
    const done = this.#resumed?.done ?? 0
    const control = transactionControl(statement)
    if (this.#count < done) {
      this.#note(statement)
      if (this.#count === done && this.#checksum.digest() !== this.#resumed?.doneChecksum) throw this.#editedLater(done)
      if (isSessionSetting(statement)) await this.#set(statement)
    } else if (control !== undefined || this.#block !== undefined) await this.#takeInBlock(statement, control)
    else if (statement.head[0] === 'insert') {
      this.#inserts.push(statement)
      this.#size += statement.text.length
      if (this.#size >= batchSize) await this.flush()
    } else {
      await this.flush()
      if (isSessionSetting(statement)) await this.#set(statement)
      else if (isNonTransactional(statement)) await this.#nonTransactional(statement)
      else return this.#inTransaction([statement])
      this.#note(statement)
      await sendOwn(this.#run, [this.#progress()])
    }
  }

  /** What the file still has to say when all is read. */
  async end(): Promise<void> {
    await this.flush()
    // It left the transaction that a tool is expected to have around it, and has begun the one for the tool to commit.
    if (this.#block !== undefined) await this.#commit(this.#block, 'COMMIT')
  }

  /** A transaction of the file's own is one step: its record is in it, so that both are there or none. */
  async #takeInBlock(statement: Statement, control: ReturnType<typeof transactionControl>): Promise<void> {
    await this.flush()
    const origin = { migration: this.#file.migration, statement }
    const block = this.#block
    if (block === undefined) {
      const before = this.#count
      this.#note(statement)
      if (control === 'begin') {
        const items = [{ text: statement.text, origin }, ...own(timeouts(this.#file.script, this.#run))]
        this.#block = { before, items, size: 0, sent: false }
        // No transaction is open: nothing to commit or take back.
      } else await sendOwn(this.#run, [this.#progress()])
      return
    }
    if (control === 'begin') return this.#note(statement) // of which PostgreSQL only warns
    this.#note(statement)
    if (control === 'commit') return this.#commit(block, statement.text)
    block.items.push({ text: statement.text, origin })
    block.size += statement.text.length
    if (control === 'rollback') {
      this.#block = undefined
      await this.#step(block.before, () => this.#sendBlock(block))
      await sendOwn(this.#run, [this.#progress()])
    } else if (statement.rows !== undefined || block.size > mostOfBlock) {
      await this.#step(block.before, () => this.#sendBlock(block))
      block.sent = true
      block.items = []
      block.size = 0
    }
  }

  async #commit(block: Block, text: string): Promise<void> {
    const { fence, pooled } = this.#run
    this.#block = undefined
    block.items.push(...own([...asOurselves, this.#progress(), ...fence.end, text, ...(pooled ? resetSession : [])]))
    await this.#step(block.before, () => this.#sendBlock(block))
  }

  async #sendBlock(block: Block): Promise<void> {
    try {
      await sendAll(this.#run, block.items, () => {})
    } catch (error) {
      await rollBack(this.#run)
      // A part of it was sent before and is not here any more, or rows of COPY are.
      const partly = block.sent || block.items.some(({ origin }) => origin?.statement.rows?.started === true)
      throw partly && error instanceof StatementError && error.isBusy ? error.asNotReady : error
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
    const { fence } = this.#run
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
        await send(this.#run, items)
      } catch (error) {
        await rollBack(this.#run)
        const partly = statements.some(({ rows }) => rows?.started === true)
        throw partly && error instanceof StatementError && error.isBusy ? error.asNotReady : error
      }
    })
  }

  async #nonTransactional(statement: Statement): Promise<void> {
    const doubtful = this.#resumed?.begun === true && this.#count === this.#resumed.done
    await this.#step(this.#count, () =>
      runNonTransactional(this.#file, statement, this.#count + 1, doubtful, this.#run),
    )
  }

  async #set(statement: Statement): Promise<void> {
    if (this.#run.pooled) {
      throw new RefusedError(
        `${this.#file.migration.file}:${statement.line}: ${statement.text.split('\n')[0]} would not last behind a pooler`,
        { hint: 'connect to the database itself, or use SET LOCAL within one statement' },
      )
    }
    const origin = { migration: this.#file.migration, statement }
    await this.#step(this.#count, () => send(this.#run, [{ text: statement.text, origin }]))
  }

  async #step(before: number, work: () => Promise<void>): Promise<void> {
    const { migration, script } = this.#file
    try {
      await whileBusy(this.#run, migration.file, script.retry, work)
    } catch (error) {
      if (!(error instanceof StatementError)) throw error
      if (!error.isOfMigration) throw explainOwn(error, migration.file)
      this.#run.log.error(excerpt(error))
      const kept =
        before === 0 ? 'no statement of this file is done' : `statements 1 to ${before} of this file are done and stay`
      throw explain(error, migration.file, `${kept}; the next run goes on with statement ${before + 1}`)
    }
  }

  #note(statement: Statement): void {
    this.#reporter.statements = ++this.#count
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
    await send(run, [...own(texts)])
  } catch (error) {
    throw error instanceof StatementError ? explainOwn(error) : error
  }
}
