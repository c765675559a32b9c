import { RefusedError, ToolError } from '@initbox/core'
import { readConcurrentIndex } from '../sql/concurrent-index.ts'
import { runsAlone, transactionControl } from '../sql/kind.ts'
import { SqlSyntaxError, type Statement } from '../sql/statement.ts'
import type { MigrationFile } from './migration.ts'
import { type Reading, readScript, readStatements, type Script } from './script.ts'
import { keepMemorySmall } from './small-memory.ts'

/** A file that is known to be SQL we can run, and how: in one transaction, or statement by statement. */
export type ReadyFile = {
  readonly migration: MigrationFile
  readonly script: Script
  readonly mode: 'transaction' | 'steps'
  readonly count: number
  /** The statements to run, read from the file each time. */
  readonly statements: () => Generator<Statement>
}

/**
 * Reads a file through and decides how it runs. A single statement that PostgreSQL only takes outside a transaction needs no
 * directive. Throws a RefusedError with file, line and column for everything that can be known without a server.
 */
export function readyFile(migration: MigrationFile, reading: Reading): ReadyFile {
  keepMemorySmall(migration.bytes)
  try {
    const script = readScript(migration)
    const all = (): Generator<Statement> => readStatements(migration, script, reading)
    let count = 0
    let last: Statement | undefined
    for (const statement of script.noTransaction ? steps(all()) : inTransaction(all())) {
      count++
      last = statement
    }
    const alone = count === 1 && last !== undefined && runsAlone(last) ? last : undefined
    if (alone !== undefined) steps([alone]).next() // throws where it lacks what it needs
    const mode = script.noTransaction || alone !== undefined ? 'steps' : 'transaction'
    const statements = (): Generator<Statement> =>
      explained(migration, mode === 'steps' ? steps(all()) : inTransaction(all()))
    return { migration, script, mode, count, statements }
  } catch (error) {
    throw explain(migration, error)
  }
}

/** The file is read again when it is run, and may have changed since it was looked at. */
function* explained(migration: MigrationFile, statements: Iterable<Statement>): Generator<Statement> {
  try {
    yield* statements
  } catch (error) {
    throw explain(migration, error)
  }
}

function explain({ file }: MigrationFile, cause: unknown): unknown {
  if (cause instanceof SqlSyntaxError)
    return new RefusedError(`${file}:${cause.line}:${cause.column}: ${cause.message}`, { cause })
  if (cause instanceof ToolError || !(cause instanceof Error) || 'code' in cause) return cause
  return new RefusedError(`${file}: ${cause.message}`, { cause })
}

/**
 * Leaves out the BEGIN and COMMIT that a file has around all it does, since it runs in a transaction anyway. One that cannot
 * be in a transaction passes if it is the only statement.
 */
function* inTransaction(statements: Iterable<Statement>): Generator<Statement> {
  let count = 0
  let state: 'none' | 'begun' | 'committed' = 'none'
  let alone: Statement | undefined
  for (const statement of statements) {
    count++
    if (alone !== undefined) throw refuse(alone, 'cannot run in a transaction')
    const control = transactionControl(statement)
    if (state === 'committed') throw refuse(statement, 'stands behind the COMMIT of this file')
    if (control === 'begin' && count === 1) state = 'begun'
    else if (control === 'commit' && state === 'begun') state = 'committed'
    else if (control !== undefined) throw refuse(statement, 'would end the transaction that this file runs in')
    else {
      if (runsAlone(statement)) alone = statement
      if (alone !== undefined && count > 1) throw refuse(alone, 'cannot run in a transaction')
      yield statement
    }
  }
}

function* steps(statements: Iterable<Statement>): Generator<Statement> {
  for (const statement of statements) {
    if (transactionControl(statement) !== undefined) {
      throw refuse(statement, 'would make it unknown which statements of a no-transaction file are done', false)
    }
    const index = readConcurrentIndex(statement)
    if (index !== undefined && index.index === undefined) {
      throw refuse(statement, 'needs a name for the index, so that what a failed try leaves can be found', false)
    }
    yield statement
  }
}

function refuse({ head, line, column }: Statement, why: string, hint = true): SqlSyntaxError {
  const words = head.slice(0, 4).join(' ').toUpperCase()
  const advice = hint ? '; take it out, or give it a file of its own with `-- no-transaction` in its first line' : ''
  return new SqlSyntaxError(`${words} ${why}${advice}`, line, column)
}
