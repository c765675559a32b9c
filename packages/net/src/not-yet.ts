import { NotReadyError } from '@initbox/core'

type Facts = {
  /** What was asked for is cleanly gone: nobody listens, no such name, 404, no such file. */
  readonly gone?: boolean
  /** Trying again costs next to nothing (a refused connection), so it may be done sooner. */
  readonly soon?: boolean
  /** Milliseconds before which another try is pointless (`Retry-After`). */
  readonly after?: number | undefined
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** The other side cannot be used yet; the next attempt may find it ready. */
export class NotYet extends NotReadyError {
  /** One to three words for the line that tells a change: `refused`, `starting up`. */
  readonly state: string
  readonly gone: boolean
  readonly soon: boolean

  /** `message` completes "postgres db:5432: …" and is what the deadline reports as the last reason. */
  constructor(state: string, message: string = state, { gone = false, soon = false, after, hint, cause }: Facts = {}) {
    super(message, { hint, cause, after })
    this.state = state
    this.gone = gone
    this.soon = soon
  }
}

/** The reason of a time limit, with the fact that somebody accepted the connection; other reasons come back as they are. */
export function connectedBut(reason: unknown, to = ''): unknown {
  if (!(reason instanceof NotReadyError)) return reason
  return new NotYet('silent', `connected, but ${reason.message}${to}`, { cause: reason })
}
