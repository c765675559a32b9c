import { Deadline, formatDuration, NotReadyError } from '@initbox/core'
import { StillBusyError } from '../apply/busy.ts'
import type { HistoryRecord } from '../history/record.ts'
import { findHistory, type FoundHistory } from '../history/find-history.ts'
import { formatTableName, HistoryTable } from '../history/table.ts'
import type { Job } from '../job.ts'
import { acquire, releaseQuietly } from '../lock/acquire.ts'
import type { LeaseSettings } from '../lock/lease.ts'
import { chooseLock } from '../lock/choose.ts'
import { asToolError, formatTarget, openSession, type Session } from '@initbox/postgres'

/** Before it begins again, in milliseconds. */
const pause = 1_000

/** Connects, does the work and closes; begins again when the connection breaks on the way. */
export async function withSession<T>(job: Job, work: (session: Session, deadline: Deadline) => Promise<T>): Promise<T> {
  const { context } = job
  const settings = job.connection()
  const deadline = new Deadline(job.options.timeout, context.clock)
  let last = ''
  for (;;) {
    const session = await openSession(settings, deadline, context)
    try {
      return await work(session, deadline)
    } catch (cause) {
      context.signal.throwIfAborted()
      const error = asToolError(cause, formatTarget(settings))
      if (!(error instanceof NotReadyError) || error instanceof StillBusyError) throw error
      const left = deadline.remaining()
      if (left > 0) {
        if (error.message !== last) context.log.warning(`${error.message}; beginning again`)
        last = error.message
        await context.clock.sleep(Math.min(pause, left), context.signal)
      }
      if (left <= pause) {
        const { message, hint } = error
        throw new NotReadyError(`gave up after ${formatDuration(deadline.timeout)}: ${message}`, { cause: error, hint })
      }
    } finally {
      session.end()
    }
  }
}

/** The history while nobody else can change it. */
export type LockedHistory = {
  readonly session: Session
  readonly history: HistoryTable
  readonly schema: string
  readonly records: readonly HistoryRecord[]
}

/** Locks the history, makes its table where there is none, and lets `work` change it. */
export function withLockedHistory(job: Job, work: (locked: LockedHistory) => Promise<string>): Promise<string> {
  return withSession(job, async (session, deadline) => {
    const before = await lookAt(job, session)
    const place = chooseLock(session, before, job.options.lock, leaseSettings(job, deadline))
    const lock = await acquire(place.lock, { ...job.context, deadline, nothingLeft: async () => false })
    try {
      const { records } = await lookAgain(job, session, before)
      const history = new HistoryTable(place.history)
      if (records === undefined) await session.script(history.create())
      return await work({ session, history, schema: place.history.schema, records: records ?? [] })
    } finally {
      if (lock !== undefined) await releaseQuietly(lock, job.context.log)
    }
  })
}

/** Finds the history and says so where nobody would look for it. */
export async function lookAt(job: Job, session: Session): Promise<FoundHistory> {
  const found = await findHistory(session, job.history, job.files)
  if (found.elsewhere)
    job.context.log.info(`the history is ${formatTableName(found.table)}, where an earlier run began it`)
  return found
}

/** The same once the lock is held; another run may have begun the history in another place, and then the lock was of the wrong one. */
export async function lookAgain(job: Job, session: Session, before: FoundHistory): Promise<FoundHistory> {
  const found = await findHistory(session, job.history, job.files)
  if (found.table.schema !== before.table.schema) {
    throw new NotReadyError(`another run began the history in ${formatTableName(found.table)}`)
  }
  return found
}

/** What the lease needs of a job. */
export function leaseSettings(job: Job, deadline: Deadline): LeaseSettings {
  const { context, by, options } = job
  const connect = (): Promise<Session> => openSession(job.connection(), deadline, context)
  return { holder: by.pod, duration: options.leaseDuration, connect, clock: context.clock, log: context.log }
}
