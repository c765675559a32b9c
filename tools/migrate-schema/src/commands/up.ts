import { type Deadline, formatDuration, RefusedError } from '@initbox/core'
import { enter } from '../adopt/adopt.ts'
import { applyInSteps } from '../apply/in-steps.ts'
import { applyInTransaction } from '../apply/in-transaction.ts'
import type { ApplyRun } from '../apply/run.ts'
import { identity, type MigrationFile, versionOf } from '../files/migration.ts'
import { type ReadyFile, readyFile } from '../files/mode.ts'
import { refuseDrift } from '../history/check.ts'
import { compare, type Comparison } from '../history/compare.ts'
import type { HistoryRecord } from '../history/record.ts'
import { findHistory, type FoundHistory } from '../history/find-history.ts'
import { HistoryTable } from '../history/table.ts'
import type { Job } from '../job.ts'
import { acquire, releaseQuietly } from '../lock/acquire.ts'
import { chooseLock, type Place } from '../lock/choose.ts'
import type { Session } from '@initbox/postgres'
import { leaseSettings, lookAgain, lookAt, withSession } from './locked.ts'
import { lookAhead, type Prospect } from './look.ts'

/** Applies what is pending, once, however many Pods start together; returns what was done. */
export function up(job: Job): Promise<string> {
  return withSession(job, (session, deadline) => migrate(job, session, deadline))
}

async function migrate(job: Job, session: Session, deadline: Deadline): Promise<string> {
  const found = await lookAt(job, session)
  const before = await lookAhead(job, session, found)
  if (before.pending.length === 0 && before.adopted === undefined) return nothingToDo(job, before)
  const place = chooseLock(session, found, job.options.lock, leaseSettings(job, deadline))
  let seen: Comparison = before
  const lock = await acquire(place.lock, {
    ...job.context,
    deadline,
    nothingLeft: async () => {
      const { records = [] } = await findHistory(session, job.history, job.files)
      seen = compare(job.folder, records, job.options)
      if (records.length > 0) refuseDrift(seen)
      return seen.pending.length === 0
    },
  })
  if (lock === undefined) return `${nothingToDo(job, seen)}; another Pod applied it meanwhile`
  try {
    const now = await lookAgain(job, session, found)
    const prospect = await lookAhead(job, session, now, { decided: true })
    return await applyPending(job, { ...place, session, fence: lock.fence }, now, prospect)
  } finally {
    await releaseQuietly(lock, job.context.log)
  }
}

type Held = Place & Pick<ApplyRun, 'session' | 'fence'>

async function applyPending(job: Job, held: Held, found: FoundHistory, prospect: Prospect): Promise<string> {
  const { options, context } = job
  const started = context.clock.now()
  const { pending, adopted, records } = prospect
  // Only now, as of fifty Pods one will run them, and before anything is written.
  const files = readyFiles(pending, job)
  for (const { migration, count, ownTransactions } of files) {
    if (count === 0) context.log.warning(`${migration.file} has no statement`)
    if (ownTransactions) {
      context.log.warning(`${migration.file} has transactions of its own; what it committed stays if it fails later`)
    }
  }
  const history = new HistoryTable(held.history)
  if (found.records === undefined) await held.session.script(history.create())
  if (adopted !== undefined) {
    await enter(adopted, job, { session: held.session, history })
    context.log.info(`took over ${adopted.length} migrations from the history of ${options.from}`)
  }
  if (files.length === 0) {
    return `${nothingToDo(job, prospect)}${adopted === undefined ? '; another Pod applied it meanwhile' : ''}`
  }
  const run: ApplyRun = {
    ...context,
    ...held,
    history,
    by: job.by,
    lockTimeout: options.lockTimeout,
    statementTimeout: options.statementTimeout,
    patience: options.timeout,
  }
  if (options.singleTransaction) await applyTogether(files, run)
  else {
    for (const file of files) {
      const before = context.clock.now()
      await applyOne(file, records, run)
      // Of a single file the closing sentence says the same.
      if (files.length > 1) {
        run.log.info(`applied ${file.migration.file} in ${formatDuration(context.clock.now() - before)}`)
      }
    }
  }
  return `applied ${names(pending)} in ${formatDuration(context.clock.now() - started)}`
}

/** So many bytes of small files are kept in memory until they run, and are not read a second time. */
const mostKept = 512 * 1024

function readyFiles(pending: readonly MigrationFile[], { reading }: Job): ReadyFile[] {
  let left = mostKept
  return pending.map((file) => {
    const keep = file.bytes <= left
    if (keep) left -= file.bytes
    return readyFile(file, reading, { keep })
  })
}

async function applyTogether(files: readonly ReadyFile[], run: ApplyRun): Promise<void> {
  const special = files.find(({ opening }) =>
    opening.some(({ text }) => !/^(begin|start transaction)( work| transaction)?$/i.test(text)),
  )
  if (special !== undefined) {
    throw new RefusedError(
      `${special.migration.file} says how its transaction is to be, and --single-transaction wants one for all`,
    )
  }
  const step = files.find(({ mode }) => mode === 'steps')
  if (step !== undefined) {
    throw new RefusedError(
      `${step.migration.file} cannot run in a transaction, and --single-transaction wants one for all`,
    )
  }
  await applyInTransaction(files, run)
}

async function applyOne(file: ReadyFile, records: readonly HistoryRecord[], run: ApplyRun): Promise<void> {
  const record = records.find((each) => identity(each) === identity(file.migration))
  if (file.mode === 'steps') await applyInSteps(file, record, run)
  else {
    if (record?.state === 'unfinished') await forgetUntouched(file, record, run)
    await applyInTransaction([file], run)
  }
}

/** A file that ran without transaction before and now has one may only do so if nothing of it is done. */
async function forgetUntouched({ migration }: ReadyFile, record: HistoryRecord, run: ApplyRun): Promise<void> {
  if (record.done > 0 || record.begun) {
    throw new RefusedError(
      `${migration.file}: rule changed: ${record.done} of its statements were done without a transaction, and now it wants one`,
      { hint: 'put `-- no-transaction` back, or decide with `repair`' },
    )
  }
  await run.session.script(run.history.forget(record))
}

function nothingToDo(job: Job, { ahead }: Pick<Comparison, 'ahead'>): string {
  const newest = job.files.findLast((file) => versionOf(file) !== undefined)
  const beyond = ahead.length === 0 ? '' : `; the database is ahead by ${ahead.length}, from a newer release`
  return `nothing to do: all ${job.files.length} migrations are applied${newest ? `, the newest is ${newest.key}` : ''}${beyond}`
}

function names(files: readonly MigrationFile[]): string {
  const first = files[0]?.file ?? ''
  if (files.length === 1) return first
  return `${files.length} migrations (${first} to ${files.at(-1)?.file})`
}
