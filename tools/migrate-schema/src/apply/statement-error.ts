import { DeniedError, RefusedError, type ToolError } from '@initbox/core'
import type { MigrationFile } from '../files/migration.ts'
import { busyCodes, type ServerError } from '../postgres/failure.ts'
import type { Statement } from '../sql/statement.ts'

/** Where a piece of SQL that was sent comes from. */
export type Origin = { readonly migration: MigrationFile; readonly statement: Statement }

/** The server refused a statement of a migration, or one of our own around it (no origin). */
export class StatementError extends Error {
  override readonly cause: ServerError
  readonly origin: Origin | undefined
  /** Offset of the error within the statement in UTF-16 units, where the server gave one. */
  readonly offset: number | undefined
  /** The text of our own statement that failed. */
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
}

/** The sentence for the person on call; `consequence` says what is and what is not applied. */
export function explain(error: StatementError, consequence: string): ToolError {
  const { cause, origin } = error
  const where =
    origin === undefined ? 'history table' : `${origin.migration.file}:${positionOf(error, origin).join(':')}`
  const detail = cause.detail === undefined ? '' : ` DETAIL: ${cause.detail}`
  const message = `${where}: ${cause.message} (SQLSTATE ${cause.code})${detail}; ${consequence}`
  const settings = { cause, hint: cause.hint ?? hints[cause.code] }
  return cause.code === '42501' ? new DeniedError(message, settings) : new RefusedError(message, settings)
}

const hints: Readonly<Record<string, string>> = {
  '25001': 'give the statement a file of its own with `-- no-transaction` in its first line',
  '55P04': 'a new enum value can be used after its transaction: put ALTER TYPE … ADD VALUE into a file before this one',
  '42501': 'grant it to the role that migrates, or migrate as the owner',
}

/** Line and column in the file, from 1. */
export function positionOf({ offset = 0 }: StatementError, { statement }: Origin): [line: number, column: number] {
  const before = statement.text.slice(0, offset).split('\n')
  const last = before.at(-1) ?? ''
  const inFirstLine = before.length === 1
  return [statement.line + before.length - 1, last.length + (inFirstLine ? statement.column : 1)]
}
