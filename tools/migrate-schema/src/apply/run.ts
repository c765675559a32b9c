import type { Clock, Log } from '@initbox/core'
import type { Applier, HistoryTable } from '../history/table.ts'
import type { Fence } from '../lock/lock.ts'
import type { Session } from '@initbox/postgres'

/** Everything that applying a file needs: the session, the tables, the lock that is held, and how patient to be. */
export type ApplyRun = {
  readonly session: Session
  readonly history: HistoryTable
  readonly fence: Fence
  /** Whether another end may serve each transaction, so that nothing can be set for the session. */
  readonly pooled: boolean
  readonly by: Applier
  /** In milliseconds; undefined leaves what the server has. */
  readonly lockTimeout: number
  readonly statementTimeout: number | undefined
  /** How long one file may keep trying for busy locks, in milliseconds. */
  readonly patience: number
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
}
