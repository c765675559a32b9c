import type { Context } from '@initbox/core'
import type { Address } from '../entries/address.ts'
import type { Document } from '../secret/document.ts'
import type { Need } from '../policies.ts'
import type { Given } from '../given.ts'

/** A login or a connection that a run has once, whatever it fetches through it. */
export type Session = {
  /** Gives back what should not outlive the run; must be through after so many milliseconds. */
  readonly end: (limit: number) => Promise<void> | void
}

/** What sources fetch with. */
export type Sessions = {
  readonly given: Given
  readonly context: Context
  /** The session of that name, made when it is first asked for and ended with the run. */
  readonly open: <T extends Session>(name: string, make: () => Promise<T>) => Promise<T>
}

/** One kind of source. */
export type Source = {
  /** What is wrong with an address, as far as that can be seen without asking anybody; completes "`vault://x`: …". */
  readonly problemOf: (address: Address) => string | undefined
  /** Whether to fetch it makes something on the server, so that `plan` leaves it. */
  readonly hasEffects?: boolean
  /** What has to be allowed for it; may ask the server what only that knows. */
  readonly needs: (address: Address, sessions: Sessions, signal: AbortSignal) => Promise<readonly Need[]>
  /** Gets the secret; throws NotFoundError where there is none, NotReadyError where there may be one later. */
  readonly fetch: (address: Address, sessions: Sessions, signal: AbortSignal) => Promise<Document>
}
