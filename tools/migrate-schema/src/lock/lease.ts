import type { Clock, Log } from '@initbox/core'
import { formatTableName, type TableName } from '../history/table.ts'
import { isServerError, type Session } from '@initbox/postgres'
import type { LockKind } from './lock.ts'

export type LeaseSettings = {
  readonly holder: string
  /** Time after which a holder that does not show itself loses the lease, in milliseconds. */
  readonly duration: number
  /** Opens the connection that keeps the lease while the other one is busy. */
  readonly connect: () => Promise<Session>
  readonly clock: Clock
  readonly log: Log
}

/**
 * A lock for where the session is not ours to keep, behind a pooler: one row with an end by the server's clock, renewed by a
 * heartbeat, and a token that grows with every holder. Every transaction checks the token at its start and, with the row
 * locked, right before COMMIT: a holder that was thought dead cannot commit anything after another one took over.
 */
export function leaseLock(session: Session, history: TableName, settings: LeaseSettings): LockKind {
  const table = formatTableName({ ...history, table: `${history.table}_lease` })
  const later = `clock_timestamp() + interval '${settings.duration} milliseconds'`
  return {
    name: 'lease',
    async tryTake() {
      const token = await take(session, table, later, settings.holder)
      if (token === undefined) return undefined
      const heartbeat = keep(`UPDATE ${table} SET expires_at = ${later} WHERE token = ${token} RETURNING 1`, settings)
      // Division by zero is the one error that plain SQL can raise by itself.
      const check = (condition: string): string =>
        `SELECT 1 / count(*) FROM (SELECT 1 FROM ${table} WHERE ${condition}) AS held`
      return {
        fence: {
          start: [check(`token = ${token} AND expires_at > clock_timestamp()`)],
          end: [check(`token = ${token} FOR UPDATE`)],
        },
        release: async () => {
          await heartbeat.stop()
          if (session.alive) await session.query(`UPDATE ${table} SET expires_at = '-infinity' WHERE token = ${token}`)
        },
      }
    },
    async holder() {
      const [row] = await session.query<{ holder: string }>(`SELECT holder FROM ${table}`)
      return row?.holder
    },
  }
}

async function take(session: Session, table: string, later: string, holder: string): Promise<string | undefined> {
  const update = `UPDATE ${table} SET token = token + 1, holder = $1, expires_at = ${later}
    WHERE expires_at <= clock_timestamp() RETURNING token`
  try {
    const [row] = await session.query<{ token: string }>(update, [holder])
    return row?.token
  } catch (error) {
    if (!isServerError(error) || error.code !== '42P01') throw error
    await createTable(session, table)
    return undefined
  }
}

async function createTable(session: Session, table: string): Promise<void> {
  try {
    await session.script(`CREATE TABLE IF NOT EXISTS ${table} (
        id integer PRIMARY KEY CHECK (id = 1), token bigint NOT NULL, holder text NOT NULL, expires_at timestamptz NOT NULL);
      INSERT INTO ${table} VALUES (1, 0, '', '-infinity') ON CONFLICT DO NOTHING`)
  } catch (error) {
    // Two sessions that create the same table at once: one of them gets a unique violation in the catalogue.
    if (!isServerError(error) || (error.code !== '23505' && error.code !== '42P07')) throw error
  }
}

function keep(renewal: string, { duration, connect, clock, log }: LeaseSettings): { stop(): Promise<void> } {
  const stopped = new AbortController()
  const beat = async (): Promise<void> => {
    let session: Session | undefined
    while (!stopped.signal.aborted) {
      await clock.sleep(duration / 3, stopped.signal).catch(() => {})
      if (stopped.signal.aborted) break
      try {
        session ??= await connect()
        const [kept] = await session.query(renewal)
        if (kept === undefined)
          log.warning('another session took the lease over; what is running here will be rolled back')
      } catch (error) {
        log.warning(`could not renew the lease: ${error instanceof Error ? error.message : String(error)}`)
        session?.end()
        session = undefined
      }
    }
    session?.end()
  }
  const running = beat()
  return {
    stop: () => {
      stopped.abort()
      return running
    },
  }
}
