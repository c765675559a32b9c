import { RefusedError, ToolError } from '@initbox/core'
import { readConcurrentIndex } from '../sql/concurrent-index.ts'
import { isNonTransactional, transactionControl } from '../sql/kind.ts'
import { refuseStatement, SqlSyntaxError, type Statement } from '../sql/statement.ts'
import { FileShape } from './file-shape.ts'
import type { MigrationFile } from './migration.ts'
import { type Reading, readScript, readStatements, type Script } from './script.ts'
import { keepMemorySmall } from './small-memory.ts'

/** A file that is known to be SQL we can run, and how: in one transaction, or statement by statement. */
export type ReadyFile = {
  readonly migration: MigrationFile
  readonly script: Script
  readonly mode: 'transaction' | 'steps'
  /** Whether it runs in steps because it begins and ends transactions itself. */
  readonly ownTransactions: boolean
  /** How its one transaction begins, where it says that itself: `BEGIN ISOLATION LEVEL SERIALIZABLE`. */
  readonly opening: readonly Statement[]
  readonly count: number
  /** The statements to run, read from the file each time unless it was to be kept. */
  readonly statements: () => Generator<Statement>
}

/**
 * Reads a file through and decides how it runs. A file of statements that PostgreSQL only takes outside a transaction needs no
 * directive, and one with transactions of its own runs as it was written. With `keep` its statements stay in memory. Throws a
 * RefusedError with file, line and column for everything that can be known without a server.
 */
export function readyFile(migration: MigrationFile, reading: Reading, { keep = false } = {}): ReadyFile {
  keepMemorySmall(migration.bytes)
  try {
    const script = readScript(migration)
    const shape = new FileShape()
    let kept: Statement[] | undefined = keep ? [] : undefined
    for (const statement of readStatements(migration, script, reading)) {
      shape.take(statement)
      // Rows of COPY come from the file and come once.
      if (statement.rows === undefined) kept?.push(statement)
      else kept = undefined
    }
    const all = (): Iterable<Statement> => kept ?? readStatements(migration, script, reading)
    const found = shape.decide(script.noTransaction, migration.file)
    if (found.mode === 'steps') for (const _ of steps(all())); // throws where one lacks what it needs
    const { length } = found.opening
    const statements = (): Generator<Statement> =>
      explained(migration, found.mode === 'steps' ? steps(all()) : inTransaction(all(), found.opening))
    return {
      migration,
      script,
      ...found,
      count: shape.count - (found.mode === 'steps' ? 0 : length + found.closing),
      statements,
    }
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

/** What is wrong with a file, with its name. */
export function explain({ file }: MigrationFile, cause: unknown): unknown {
  if (cause instanceof SqlSyntaxError)
    return new RefusedError(`${file}:${cause.line}:${cause.column}: ${cause.message}`, { cause })
  if (cause instanceof ToolError || !(cause instanceof Error) || 'code' in cause) return cause
  return new RefusedError(`${file}: ${cause.message}`, { cause })
}

/** Leaves out how the file begins and commits its one transaction. */
function* inTransaction(statements: Iterable<Statement>, opening: readonly Statement[]): Generator<Statement> {
  let count = 0
  let committed = false
  for (const statement of statements) {
    if (count++ < opening.length) continue
    if (committed) throw refuseStatement(statement, 'stands behind the COMMIT of this file')
    const control = transactionControl(statement)
    if (control === 'commit' && opening.length > 0) committed = true
    else if (control !== undefined || isNonTransactional(statement)) {
      throw refuseStatement(statement, 'would end the transaction that this file runs in')
    } else yield statement
  }
}

function* steps(statements: Iterable<Statement>): Generator<Statement> {
  for (const statement of statements) {
    const index = readConcurrentIndex(statement)
    if (index !== undefined && index.index === undefined) {
      throw refuseStatement(statement, 'needs a name for the index, so that what a failed try leaves can be found')
    }
    yield statement
  }
}
