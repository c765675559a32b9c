import { listSome } from '@initbox/core'
import type { ReadyFile } from '../files/mode.ts'
import { whileBusy } from './busy.ts'
import { excerpt } from './excerpt.ts'
import { ProgressReporter } from './progress-reporter.ts'
import type { ApplyRun } from './run.ts'
import { type Item, sendAll } from './send.ts'
import { explain, explainOwn, StatementError } from './statement-error.ts'

/** Applies files in one transaction with their rows of the history: all of it happens, or none. */
export async function applyInTransaction(files: readonly ReadyFile[], run: ApplyRun): Promise<void> {
  const names = listSome(files.map(({ migration }) => migration.file))
  const tries = files.map(({ script }) => script.retry).find((retry) => retry !== undefined)
  const reporter = new ProgressReporter(names, run)
  try {
    await whileBusy(run, names, tries, () => transact(files, run, reporter))
  } catch (error) {
    if (!(error instanceof StatementError)) throw error
    if (!error.isOfMigration) throw explainOwn(error, names)
    run.log.error(excerpt(error))
    const all =
      'nothing was applied; without --single-transaction each file has a transaction of its own, which may help'
    throw explain(error, names, files.length === 1 ? 'nothing of this file was applied' : all)
  } finally {
    reporter.end()
  }
}

async function transact(files: readonly ReadyFile[], run: ApplyRun, reporter: ProgressReporter): Promise<void> {
  reporter.statements = 0
  try {
    await sendAll(run, transaction(files, run), (count) => (reporter.statements += count))
  } catch (error) {
    await rollBack(run)
    throw error
  }
}

/** After SIGTERM too: a lease can only be given back outside the failed transaction. What broke before is what counts. */
export async function rollBack({ session }: ApplyRun): Promise<void> {
  if (session.alive) await session.script('ROLLBACK').catch(() => {})
}

function* transaction(files: readonly ReadyFile[], { history, fence, by, ...run }: ApplyRun): Generator<Item> {
  yield* opening(files)
  for (const { migration, script, statements } of files) {
    yield* own([...timeouts(script, run), ...fence.start, history.enter(migration, 'applied', by)])
    for (const statement of statements()) yield { text: statement.text, origin: { migration, statement } }
    yield* own([...asOurselves, history.finish(migration)])
  }
  yield* own([...fence.end, 'COMMIT', ...resetSession])
}

/** Before anything else, since an isolation level can only be set before the first query. */
function* opening(files: readonly ReadyFile[]): Generator<Item> {
  const [first] = files
  const begins = first?.opening[0]?.head[0] === 'set' ? [] : (first?.opening ?? [])
  if (begins.length === 0) yield { text: 'BEGIN' }
  for (const statement of first?.opening ?? []) {
    yield { text: statement.text, ...(first ? { origin: { migration: first.migration, statement } } : {}) }
  }
}

export function* own(texts: Iterable<string>): Generator<Item> {
  for (const text of texts) yield { text }
}

/** Takes back what a migration has set for the session. RESET ALL leaves the role. */
export const resetSession = ['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'RESET ALL']

/** A migration may have set a timeout or become another role; our own tables are ours. All of it ends with the transaction. */
export const asOurselves = [
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL SESSION AUTHORIZATION DEFAULT',
  'SET LOCAL ROLE NONE',
]

/** Sets the timeouts for this transaction. */
export function timeouts(
  script: { readonly lockTimeout: number | undefined; readonly statementTimeout: number | undefined },
  run: Pick<ApplyRun, 'lockTimeout' | 'statementTimeout'>,
  scope: 'SET LOCAL' | 'SET' = 'SET LOCAL',
): string[] {
  const statement = script.statementTimeout ?? run.statementTimeout
  return [
    `${scope} lock_timeout = ${script.lockTimeout ?? run.lockTimeout}`,
    ...(statement === undefined ? [] : [`${scope} statement_timeout = ${statement}`]),
  ]
}
