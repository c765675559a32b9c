import { NotReadyError } from '@initbox/core'
import type { ReadyFile } from '../files/mode.ts'
import { whileBusy } from './busy.ts'
import { excerpt } from './excerpt.ts'
import type { ApplyRun } from './run.ts'
import { type Item, sendAll } from './send.ts'
import { explain, StatementError } from './statement-error.ts'

/** Applies files in one transaction with their rows of the history: all of it happens, or none. */
export async function applyInTransaction(files: readonly ReadyFile[], run: ApplyRun): Promise<void> {
  const names = files.map(({ migration }) => migration.file).join(', ')
  const tries = files.map(({ script }) => script.retry).find((retry) => retry !== undefined)
  try {
    await whileBusy(run, names, tries, () => transact(files, run))
  } catch (error) {
    if (!(error instanceof StatementError)) throw error
    if (error.origin === undefined) throw otherRun(error) ?? error.cause
    run.log.error(excerpt(error))
    throw explain(error, files.length === 1 ? 'nothing of this file was applied' : 'nothing was applied')
  }
}

/** Our own statements fail for one reason: another run got ahead. Undefined where it is something else. */
export function otherRun(error: StatementError): NotReadyError | undefined {
  const { code } = error.cause
  if (code === '23505') return new NotReadyError('another run is applying the same migration', { cause: error })
  if (code === '22012') return new NotReadyError('the lease went to another run', { cause: error })
  return undefined
}

async function transact(files: readonly ReadyFile[], run: ApplyRun): Promise<void> {
  try {
    await sendAll(run.session, transaction(files, run))
  } catch (error) {
    if (run.session.alive && !run.signal.aborted) await run.session.script('ROLLBACK; RESET ALL')
    throw error
  }
}

function* transaction(files: readonly ReadyFile[], { history, fence, by, ...run }: ApplyRun): Generator<Item> {
  yield { text: 'BEGIN' }
  for (const { migration, script, statements } of files) {
    yield* own([...timeouts(script, run), ...fence.start, history.enter(migration, 'applied', by)])
    for (const statement of statements()) yield { text: statement.text, origin: { migration, statement } }
    yield* own([...asOurselves, history.finish(migration)])
  }
  yield* own([...fence.end, 'COMMIT', 'RESET ALL'])
}

export function* own(texts: Iterable<string>): Generator<Item> {
  for (const text of texts) yield { text }
}

/** A migration may have changed the role; our own tables are ours. Both end with the transaction. */
export const asOurselves = ['SET LOCAL SESSION AUTHORIZATION DEFAULT', 'SET LOCAL ROLE NONE']

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
