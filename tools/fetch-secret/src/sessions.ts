import type { Context } from '@initbox/core'
import type { Given } from './given.ts'
import type { Session, Sessions } from './sources/source.ts'

/** Milliseconds: a run that is stopped has 800 to clean up, one that ends by itself can wait for a slow server. */
const patience = { stopped: 600, ended: 5_000 }

export type OpenSessions = Sessions & {
  /** The session of that name, where a source has asked for it. */
  readonly opened: <T extends Session>(name: string) => Promise<T> | undefined
  /** Ends all of them. */
  readonly end: () => Promise<void>
}

/** Nothing is loaded or connected before a source asks for it. */
export function openSessions(given: Given, context: Context): OpenSessions {
  const sessions = new Map<string, Promise<Session>>()
  return {
    given,
    context,
    open: <T extends Session>(name: string, make: () => Promise<T>): Promise<T> => {
      // Whoever asks by this name made it.
      const session = (sessions.get(name) as Promise<T> | undefined) ?? make()
      sessions.set(name, session)
      return session
    },
    opened: <T extends Session>(name: string) => sessions.get(name) as Promise<T> | undefined,
    end: async () => {
      const limit = context.signal.aborted ? patience.stopped : patience.ended
      const opened = await Promise.allSettled(sessions.values())
      await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.end(limit) : undefined)))
    },
  }
}
