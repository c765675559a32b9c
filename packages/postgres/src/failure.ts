import { DeniedError, NotReadyError, RefusedError, systemCode, ToolError, UsageError } from '@initbox/core'

/** An ErrorResponse of the server (docs: protocol-error-fields); `position` counts characters of the query from 1. */
export type ServerError = Error & {
  readonly severity: string
  readonly code: string
  readonly detail?: string
  readonly hint?: string
  readonly position?: string
  readonly where?: string
}

export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && /^[0-9A-Z]{5}$/.test(systemCode(error) ?? '')
}

/** The connection was given up by us, with the reason. */
export class ConnectionLost extends Error {}

/** For an answer to a question of our own that has not the columns, rows or text that every PostgreSQL gives. */
export function misanswered(question: string, cause?: unknown): ConnectionLost {
  return new ConnectionLost(`what answers there is no PostgreSQL server: no answer to ${question}`, { cause })
}

/** A lock was not to be had in time, or the transaction lost against another one: trying again is right. */
export const busyCodes: ReadonlySet<string> = new Set(['55P03', '40P01', '40001'])

const networkCodes = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN ENOTFOUND EAI_AGAIN ENOENT'.split(
    ' ',
  ),
)
const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ENOENT: 'there is no such socket',
}
/** Errors that pg makes itself of a connection that is no good, and how we say it. */
const clientWords: readonly (readonly [RegExp, string])[] = [
  [/^Connection terminated/, 'the connection was closed'],
  [/^timeout expired/, 'no answer within --connect-timeout'],
  [/^received invalid response|error establishing an SSL connection$/, 'what answers there is no PostgreSQL server'],
]
/** SQLSTATEs of a server that will take what it refuses now. */
export const notYet: Readonly<Record<string, string>> = {
  '3D000': 'the database is not there yet',
  '53300': 'the server is out of connections',
  '57P01': 'the server is shutting down',
  '57P02': 'the server is restarting after a crash',
  '57P03': 'the server is starting up or in recovery',
  '25006': 'the server is read-only: a standby, or in recovery',
}

/** Whether the connection is gone, so that nobody knows what became of the statement that was running. */
export function isConnectionLoss(error: unknown): boolean {
  if (isServerError(error)) return error.code.startsWith('08') || error.code.startsWith('57P')
  return error instanceof ConnectionLost || networkCodes.has(systemCode(error) ?? '') || clientWord(error) !== undefined
}

function clientWord(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : ''
  return clientWords.find(([pattern]) => pattern.test(message))?.[1]
}

const denials: Readonly<Record<string, string>> = {
  '28P01': 'is the password the one of this user and server? A changed Secret reaches a variable only in a new Pod',
  '28000': "the server's pg_hba.conf says who may come from where, to which database, and whether TLS is needed",
}

/**
 * Says what a failure means for the whole run: "not yet" (NotReadyError), "never" (DeniedError), or undefined for an error
 * that belongs to the statement that was sent.
 */
export function explainFailure(error: unknown, where: string): ToolError | undefined {
  if (error instanceof ToolError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (isServerError(error)) {
    if (/unsupported startup parameter/.test(message)) {
      const hint =
        'leave options and search_path out of the URL, or name them in ignore_startup_parameters of PgBouncer'
      return new UsageError(`${where}: ${message}`, { cause: error, hint })
    }
    const reason = notYet[error.code] ?? (isConnectionLoss(error) ? 'the connection broke' : undefined)
    if (reason !== undefined) return new NotReadyError(`${where}: ${reason} (${message})`, { cause: error })
    const denied = denials[error.code]
    if (denied !== undefined) return new DeniedError(`${where}: ${message}`, { cause: error, hint: denied })
    return undefined
  }
  const code = systemCode(error)
  if (isConnectionLoss(error)) {
    const words = networkWords[code ?? ''] ?? clientWord(error) ?? message
    return new NotReadyError(`${where}: ${words}`, { cause: error })
  }
  if (code !== undefined && /CERT|SSL|TLS|ISSUER|SIGNED|ALTNAME/.test(code)) {
    return new DeniedError(`${where}: the server's certificate is not accepted: ${message}`, {
      cause: error,
      hint: 'give the CA with --ssl-root-cert, or the name in the certificate with --host',
    })
  }
  if (/does not support SSL|SASL|SCRAM|password must be a string/i.test(message)) {
    return new DeniedError(`${where}: ${message}`, { cause: error })
  }
  return undefined
}

const hints: Readonly<Record<string, string>> = {
  '25001': 'give the statement a file of its own with `-- no-transaction` in its first line',
  '55P04': 'a new enum value can be used after its transaction: put ALTER TYPE … ADD VALUE into a file before this one',
  '42501': 'grant it to the role that migrates, or migrate as the owner',
}

/** What the server refuses is exit 5, and exit 3 where a permission is missing. */
export function refuse(cause: ServerError, message: string): ToolError {
  const settings = { cause, hint: cause.hint ?? hints[cause.code] }
  return cause.code === '42501' ? new DeniedError(message, settings) : new RefusedError(message, settings)
}

/** The failure in words wherever it came from; what is neither the server's nor the network's stays as it is. */
export function asToolError(error: unknown, where: string): unknown {
  if (error instanceof ToolError) return error
  return (
    explainFailure(error, where) ??
    (isServerError(error) ? refuse(error, `${where}: ${error.message} (SQLSTATE ${error.code})`) : error)
  )
}
