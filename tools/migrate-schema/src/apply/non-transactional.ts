import { RefusedError } from '@initbox/core'
import { isServerError } from '@initbox/postgres'
import type { ReadyFile } from '../files/mode.ts'
import { readConcurrentIndex, readConcurrentReindex } from '../sql/concurrent-index.ts'
import { firstWords, type Statement } from '../sql/statement.ts'
import { timeouts } from './in-transaction.ts'
import { findIndex, findTransientIndexes } from './invalid-index.ts'
import type { ApplyRun } from './run.ts'
import { send } from './send.ts'
import { StatementError } from './statement-error.ts'

// Running one of these once more does no harm; of CALL and DO nobody can tell how far they came.
const repeatable = new Set(['vacuum', 'reindex', 'cluster', 'discard', 'drop'])

/**
 * Runs a statement that PostgreSQL refuses inside a transaction. The history says before it that it was begun, so that a run
 * after a kill knows of the doubt; `doubtful` is that case. What a failed CREATE INDEX or REINDEX CONCURRENTLY left is dropped
 * first.
 */
export async function runNonTransactional(
  file: ReadyFile,
  statement: Statement,
  number: number,
  doubtful: boolean,
  run: ApplyRun,
) {
  const { session, history, fence, pooled } = run
  const { migration, script } = file
  const index = readConcurrentIndex(statement)
  const reindex = readConcurrentReindex(statement)
  const command = statement.head[0] ?? ''
  if (index !== undefined) {
    const found = await findIndex(session, index)
    if (found?.valid === true && doubtful) return
    if (found?.valid === false) await dropInvalid(found.name, run)
  } else if (reindex !== undefined) {
    for (const name of await findTransientIndexes(session, reindex)) await dropInvalid(name, run)
  } else if (doubtful && !repeatable.has(command)) throw inDoubt(file, statement, number)
  await session.script([...fence.start, history.begin(migration)].join(';\n'))
  // Waiting for old transactions is what CONCURRENTLY is about, and nobody queues behind it.
  const patient = /\bconcurrently\b/i.test(statement.text)
    ? { ...script, lockTimeout: script.lockTimeout ?? 0 }
    : script
  if (!pooled) await session.script(timeouts(patient, run, 'SET').join('; '))
  const stop = pooled ? stopLate(file, statement, run) : undefined
  try {
    await send(run, [{ text: statement.text, origin: { migration, statement } }])
  } catch (error) {
    if (!(error instanceof StatementError) || run.signal.aborted) throw error
    if (doubtful && command === 'drop' && error.cause.code === '42704') return
    if (command !== 'call' && command !== 'do') await session.script(history.withdraw(migration))
    throw error
  } finally {
    clearTimeout(stop)
  }
}

async function dropInvalid(name: string, { session, log }: ApplyRun): Promise<void> {
  log.warning(`index ${name} is INVALID, left by a failed try; dropping it before building it again`)
  try {
    await session.script(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`)
  } catch (error) {
    // In pg_toast only a superuser may; such an index takes space and does no other harm.
    if (!name.startsWith('pg_toast.') || !isServerError(error) || error.code !== '42501') throw error
    log.warning(`index ${name} stays until a superuser drops it`)
  }
}

/** Behind a pooler nothing can be set for the session, so that it is we who must look at the time. */
function stopLate({ migration, script }: ReadyFile, statement: Statement, run: ApplyRun) {
  if (script.lockTimeout !== undefined) {
    const where = `${migration.file}:${statement.line}`
    run.log.warning(`${where}: lock-timeout does not reach ${firstWords(statement)} behind a pooler`)
  }
  const limit = script.statementTimeout ?? run.statementTimeout
  return limit === undefined ? undefined : setTimeout(() => run.session.cancel(), limit)
}

function inDoubt({ migration }: ReadyFile, statement: Statement, number: number): RefusedError {
  const what = firstWords(statement)
  const { line, column } = statement
  return new RefusedError(
    `${migration.file}:${line}:${column}: statement ${number} (${what}) was running when an earlier run ended; it may or may not have been done`,
    {
      hint: `look, then run \`repair --resume-at ${number}\` to run it again or \`--resume-at ${number + 1}\` to pass over it`,
    },
  )
}
