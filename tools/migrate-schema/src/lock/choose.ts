import type { TableName } from '../history/table.ts'
import { formatTableName } from '../history/table.ts'
import type { Session } from '@initbox/postgres'
import { advisoryLock } from './advisory.ts'
import { type LeaseSettings, leaseLock } from './lease.ts'
import type { LockKind } from './lock.ts'

/** Where the history is, and how to lock it. */
export type Place = {
  readonly history: TableName & { readonly schema: string }
  readonly pooled: boolean
  readonly lock: LockKind
}

/**
 * Finds the schema of the history, and whether a pooler stands between: the process that answers a query is then not the one
 * that the connection's other end announced (PgBouncer, Odyssey, pgcat and RDS Proxy make up a number of their own).
 * Behind a pooler a lock of the session could stay with a server connection that we never see again, hence the lease.
 */
export async function findPlace(
  session: Session,
  name: TableName,
  wanted: 'auto' | 'advisory' | 'lease',
  lease: LeaseSettings,
): Promise<Place> {
  const [row] = await session.query<{ pid: number; schema: string | null }>(
    `SELECT pg_backend_pid() AS pid, coalesce($1, (SELECT nspname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE pg_class.oid = to_regclass($2)), current_schema()::text) AS schema`,
    [name.schema ?? null, formatTableName(name)],
  )
  const history = { schema: row?.schema ?? 'public', table: name.table }
  const pooled = row?.pid !== session.announcedPid
  if (pooled) lease.log.debug('a pooler stands between this session and the server')
  const kind = wanted === 'auto' ? (pooled ? 'lease' : 'advisory') : wanted
  if (pooled && kind === 'advisory')
    lease.log.warning('an advisory lock behind a pooler only holds if it pools by session')
  const lock =
    kind === 'lease'
      ? leaseLock(session, history, lease)
      : advisoryLock(session, `migrate-schema ${formatTableName(history)}`)
  return { history, pooled: pooled && kind === 'lease', lock }
}
