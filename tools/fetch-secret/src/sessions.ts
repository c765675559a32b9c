import type { Context } from '@initbox/core'
import type { Sessions } from './sources/source.ts'
import type { Given } from './vault/settings.ts'
import type { VaultSession } from './vault/session.ts'

/** A run that is stopped has 800 ms to clean up; one that ends by itself can wait for a slow server. */
const patience = { stopped: 600, ended: 5_000 }

export type OpenSessions = Sessions & {
  /** Ends the logins: tokens are revoked, connections closed. */
  readonly end: () => Promise<void>
}

/** Nothing is loaded or connected before a source needs it. */
export function openSessions(given: Given, context: Context): OpenSessions {
  let vault: Promise<VaultSession> | undefined
  return {
    given,
    context,
    vault: async (signal) => {
      vault ??= import('./vault/session.ts').then(({ VaultSession: Session }) => new Session(given, context))
      const session = await vault
      await session.login(signal)
      return session
    },
    end: async () => {
      const session = await vault?.catch(() => undefined)
      await session?.end(context.signal.aborted ? patience.stopped : patience.ended)
    },
  }
}
