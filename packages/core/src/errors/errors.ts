/** The init contract's exit codes; `restartPolicyRules` in a Pod can be written against them. */
export const exitCode = {
  done: 0,
  bug: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  refused: 5,
  output: 6,
  notReady: 124,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

type Details = {
  readonly hint?: string | undefined
  readonly cause?: unknown
  /** Facts that the JSON log carries beside the sentence, such as `path` or `target`. */
  readonly fields?: Readonly<Record<string, string | number>> | undefined
}

/**
 * A failure that is explained to the person on call: one lower-case sentence of what, where and why,
 * and a hint for the next step. Any other error is a bug (exit 1, with its stack trace).
 */
export abstract class ToolError extends Error {
  abstract readonly exitCode: ExitCode
  readonly hint: string | undefined
  readonly fields: Readonly<Record<string, string | number>> | undefined

  constructor(message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.hint = details.hint
    this.fields = details.fields
  }

  /** The message with its hint, as the log and the termination message show it. */
  get sentence(): string {
    return this.hint === undefined ? this.message : `${this.message} (hint: ${this.hint})`
  }
}

/** The configuration is wrong: options, environment, a file that the options name. Exit 2. */
export class UsageError extends ToolError {
  readonly exitCode = exitCode.usage
}

/** Authentication, authorization or RBAC said no. Exit 3. */
export class DeniedError extends ToolError {
  readonly exitCode = exitCode.denied
}

/** A secret, key, ref, file or object is not there, and waiting will not bring it. Exit 4. */
export class NotFoundError extends ToolError {
  readonly exitCode = exitCode.notFound
}

/** The input was refused: checksum, signature, drift, hostile archive, bad template, SQL error. Exit 5. */
export class RefusedError extends ToolError {
  readonly exitCode = exitCode.refused
}

/** The output could not be written: read-only, full, permission. Exit 6. */
export class OutputError extends ToolError {
  readonly exitCode = exitCode.output
}

/** Not yet: may succeed when tried again. `retry` catches it; uncaught, it is exit 124. */
export class NotReadyError extends ToolError {
  readonly exitCode = exitCode.notReady
  /** Milliseconds before which another try is pointless, where the other side said so (`Retry-After`). */
  readonly after: number | undefined

  constructor(message: string, details: Details & { readonly after?: number | undefined } = {}) {
    super(message, details)
    this.after = details.after
  }
}

/** The reason of the abort signal after SIGINT (130) or SIGTERM (143). */
export class InterruptedError extends ToolError {
  readonly exitCode: ExitCode

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`)
    this.exitCode = signal === 'SIGINT' ? exitCode.interrupted : exitCode.terminated
  }
}

/** The operating system's error code (`ENOENT`, `ECONNREFUSED` …), or undefined where there is none. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** What was thrown, for the log of a bug: the stack, which begins with name and message. */
export function stackOf(error: unknown): string {
  if (error instanceof Error) return error.stack ?? String(error)
  return typeof error === 'string' ? error : `not an Error but ${typeof error}`
}
