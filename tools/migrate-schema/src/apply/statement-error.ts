import { NotReadyError, RefusedError, type ToolError } from '@initbox/core'
import type { MigrationFile } from '../files/migration.ts'
import { busyCodes, notYet, refuse, type ServerError } from '@initbox/postgres'
import type { Statement } from '../sql/statement.ts'

/** Where a piece of SQL that was sent comes from. */
export type Origin = { readonly migration: MigrationFile; readonly statement: Statement }

/** The server refused a statement of a migration, or one of our own around it (no origin). */
export class StatementError extends Error {
  override readonly cause: ServerError
  readonly origin: Origin | undefined
  /** Offset of the error within the statement in UTF-16 units, where the server gave one. */
  readonly offset: number | undefined
  /** The text of the statement of our own that failed. */
  readonly own: string | undefined

  constructor(cause: ServerError, origin: Origin | undefined, offset: number | undefined, own: string | undefined) {
    super(cause.message, { cause })
    this.cause = cause
    this.origin = origin
    this.offset = offset
    this.own = own
  }

  /** Whether the same statement may succeed later, when a lock is free again. */
  get isBusy(): boolean {
    return busyCodes.has(this.cause.code)
  }

  /** The error for statements that cannot be sent again as they were: the run begins again, and goes on where the history says. */
  get asNotReady(): NotReadyError {
    const where = this.origin === undefined ? '' : `${this.origin.migration.file}: `
    return new NotReadyError(`${where}${this.message}`, { cause: this })
  }

  /** Whether it is about the migration, and not about the history or the lock: COMMIT checks what its statements deferred. */
  get isOfMigration(): boolean {
    return this.origin !== undefined || this.own === 'COMMIT'
  }
}

/** The sentence for the person on call about `files`; `consequence` says what is and what is not applied. */
export function explain(error: StatementError, files: string, consequence: string): ToolError {
  const { cause, origin } = error
  const where =
    origin === undefined ? `${files}: at COMMIT` : `${origin.migration.file}:${positionOf(error, origin).join(':')}`
  const detail = cause.detail === undefined ? '' : ` DETAIL: ${cause.detail}`
  const message = `${where}: ${cause.message} (SQLSTATE ${cause.code})${detail}; ${consequence}`
  return refuse(cause, message)
}

const gone: ReadonlySet<string> = new Set(['42P01', '3F000'])

/**
 * For a failure of one of our own statements: another run got ahead of us, or we may not write the history, or what `file` did
 * before (`DROP SCHEMA public CASCADE`) took it away.
 */
export function explainOwn(error: StatementError, file?: string): ToolError {
  const { cause } = error
  const reason = notYet[cause.code]
  if (reason !== undefined) return new NotReadyError(`${reason} (${cause.message})`, { cause: error })
  if (cause.code === '23505') return new NotReadyError('another run is applying the same migration', { cause: error })
  if (cause.code === '22012') return new NotReadyError('the lease went to another run', { cause: error })
  if (file !== undefined && gone.has(cause.code) && error.own?.startsWith('UPDATE') === true) {
    return new RefusedError(`${file} takes the table of the history away (${cause.message}); it is rolled back`, {
      cause: error,
      hint: 'keep the history where no migration drops it: --history-table schema.table',
    })
  }
  return refuse(cause, `cannot write the history: ${cause.message} (SQLSTATE ${cause.code})`)
}

/** Line and column in the file, from 1; of the rows of COPY the server says which it was. */
export function positionOf(
  { offset = 0, cause }: StatementError,
  { statement }: Origin,
): [line: number, column: number] {
  const row = statement.rows === undefined ? undefined : /^COPY .*?, line (\d+)/.exec(cause.where ?? '')?.[1]
  if (row !== undefined) return [statement.line + statement.text.split('\n').length - 1 + Number(row), 1]
  const before = statement.text.slice(0, offset).split('\n')
  const last = before.at(-1) ?? ''
  const inFirstLine = before.length === 1
  return [statement.line + before.length - 1, last.length + (inFirstLine ? statement.column : 1)]
}
