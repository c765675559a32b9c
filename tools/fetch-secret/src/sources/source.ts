import type { Context } from '@initbox/core'
import type { Address } from '../entries/address.ts'
import type { Document } from '../secret/document.ts'
import type { Given } from '../vault/settings.ts'
import type { VaultSession } from '../vault/session.ts'

/** What sources fetch with: one session for each provider, made when it is first needed. */
export type Sessions = {
  readonly given: Given
  readonly context: Context
  /** Logged in. */
  vault(signal: AbortSignal): Promise<VaultSession>
}

/** One kind of source. */
export type Source = {
  /** What is wrong with an address, as far as that can be seen without asking anybody; completes "`vault://x`: …". */
  readonly problemOf: (address: Address) => string | undefined
  /** Gets the secret; throws NotFoundError where there is none, NotReadyError where there may be one later. */
  readonly fetch: (address: Address, sessions: Sessions, signal: AbortSignal) => Promise<Document>
}
