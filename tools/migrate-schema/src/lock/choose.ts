import type { FoundHistory } from '../history/find-history.ts'
import { formatTableName, type TableName } from '../history/table.ts'
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
 * Says whether a pooler stands between: the process that answers a query is then not the one that the connection's other end
 * announced (PgBouncer, Odyssey, pgcat and RDS Proxy make up a number of their own). Behind a pooler a lock of the session
 * could stay with a server connection that we never see again, hence the lease.
 */
export function chooseLock(
  session: Session,
  { table: history, processId }: Pick<FoundHistory, 'table' | 'processId'>,
  wanted: 'auto' | 'advisory' | 'lease',
  lease: LeaseSettings,
): Place {
  const pooled = processId !== session.announcedPid
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
