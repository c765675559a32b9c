import type { Session } from '@initbox/postgres'
import type { LockKind } from './lock.ts'

/**
 * A session-level advisory lock on the session that migrates, so that it lasts exactly as long as the work: when a Pod is
 * killed, the server keeps it until the statement that was running has ended. It is only ever tried, never waited for
 * inside the server: a waiting session would hold a snapshot, and CREATE INDEX CONCURRENTLY would wait for that.
 */
export function advisoryLock(session: Session, scope: string): LockKind {
  // Advisory locks belong to one database, so the key need not name it.
  const key = `hashtextextended($1, 0)`
  return {
    name: 'advisory lock',
    async tryTake() {
      const [row] = await session.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${key}) AS taken`, [scope])
      if (row?.taken !== true) return undefined
      return {
        fence: { start: [], end: [] },
        release: async () => {
          if (session.alive) await session.query(`SELECT pg_advisory_unlock(${key})`, [scope])
        },
      }
    },
    async holder() {
      const [row] = await session.query<{ who: string }>(
        `SELECT format('%s (pid %s)', coalesce(nullif(application_name, ''), 'another session'), pid) AS who
         FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'advisory' AND objsubid = 1 AND granted
           AND (classid::bigint << 32) | objid::bigint = ${key} LIMIT 1`,
        [scope],
      )
      return row?.who
    },
  }
}
