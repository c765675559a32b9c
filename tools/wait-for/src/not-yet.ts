import { NotReadyError } from '@initbox/core'

type Facts = {
  /** The target is cleanly gone: nobody listens, no such name, 404, no such file. The only thing `--invert` takes for gone. */
  readonly gone?: boolean
  /** Trying again costs next to nothing (a refused connection), so it may be done sooner. */
  readonly soon?: boolean
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** The target cannot be used yet; the next attempt may find it ready. */
export class NotYet extends NotReadyError {
  /** One to three words for the line that tells a change: `refused`, `starting up`. */
  readonly state: string
  readonly gone: boolean
  readonly soon: boolean

  /** `message` completes "postgres db:5432: …" and is what the deadline reports as the last reason. */
  constructor(state: string, message: string = state, { gone = false, soon = false, hint, cause }: Facts = {}) {
    super(message, { hint, cause })
    this.state = state
    this.gone = gone
    this.soon = soon
  }
}
