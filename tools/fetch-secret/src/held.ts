import { type Clock, NotReadyError, ToolError } from '@initbox/core'
import type { Document } from './secret/document.ts'
import type { VaultSession } from './vault/session.ts'

type Keep = {
  document: Document
  /** The login that its lease hangs on. */
  readonly login: number
  /** When to renew it, and when it ends, by the monotonic clock. */
  renewAt: number
  endsAt: number
}

/** Renewed when so much of its life is over; given up when the server grants less than so much of it again. */
const renewal = 2 / 3
const tooShort = 1 / 3

/** Dynamic secrets that are good for longer than one refresh: to read them again would make new ones. */
export class Held {
  readonly #clock: Clock
  readonly #kept = new Map<string, Keep>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(key: string): Document | undefined {
    return this.#kept.get(key)?.document
  }

  /** Keeps a secret whose life is known. */
  keep(key: string, document: Document, login: number): void {
    if (document.seconds === undefined || document.seconds <= 0) return
    this.#kept.set(key, { document, login, ...this.#life(document.seconds) })
  }

  /** Renews what is due; what cannot be renewed is let go, to be read anew. Throws NotReadyError while it may still be. */
  async renew(session: VaultSession, signal: AbortSignal): Promise<void> {
    for (const [key, keep] of this.#kept) {
      // A lease ends with the token that it was got with.
      if (keep.login !== session.token.logins) this.#kept.delete(key)
      else if (this.#clock.now() >= keep.renewAt) await this.#renewOne(key, keep, session, signal)
    }
  }

  async #renewOne(key: string, keep: Keep, session: VaultSession, signal: AbortSignal): Promise<void> {
    const { lease, seconds = 0 } = keep.document
    if (lease?.renewable !== true) return void this.#kept.delete(key)
    try {
      const granted = await session.renewLease(lease.id, signal)
      if (granted < seconds * tooShort) this.#kept.delete(key)
      else Object.assign(keep, this.#life(granted))
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      if (error instanceof NotReadyError && this.#clock.now() < keep.endsAt) throw error
      this.#kept.delete(key)
    }
  }

  /** Milliseconds until the first of them is due. */
  within(): number {
    const due = [...this.#kept.values()].map(({ renewAt }) => renewAt - this.#clock.now())
    return Math.max(0, Math.min(Infinity, ...due))
  }

  #life(seconds: number): { renewAt: number; endsAt: number } {
    const now = this.#clock.now()
    return { renewAt: now + seconds * 1_000 * renewal, endsAt: now + seconds * 1_000 }
  }
}
