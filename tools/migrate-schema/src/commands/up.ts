import { type Deadline, formatDuration, RefusedError } from '@initbox/core'
import { adopt, findPeers } from '../adopt/adopt.ts'
import { applyInSteps } from '../apply/in-steps.ts'
import { applyInTransaction } from '../apply/in-transaction.ts'
import type { ApplyRun } from '../apply/run.ts'
import { type MigrationFile, versionOf } from '../files/migration.ts'
import { type ReadyFile, readyFile } from '../files/mode.ts'
import { refuseDrift } from '../history/check.ts'
import { compare, type Comparison, identity } from '../history/compare.ts'
import type { HistoryRecord } from '../history/record.ts'
import { HistoryTable, readHistory } from '../history/table.ts'
import type { Job } from '../job.ts'
import { acquire, releaseQuietly } from '../lock/acquire.ts'
import { findPlace, type Place } from '../lock/choose.ts'
import type { Session } from '@initbox/postgres'
import { leaseSettings, withSession } from './locked.ts'

/** Applies what is pending, once, however many Pods start together; returns what was done. */
export function up(job: Job): Promise<string> {
  return withSession(job, (session, deadline) => migrate(job, session, deadline))
}

async function migrate(job: Job, session: Session, deadline: Deadline): Promise<string> {
  const look = async (): Promise<Comparison> => {
    const comparison = compare(job.files, (await readHistory(session, job.history)) ?? [], job.options)
    refuseDrift(comparison)
    return comparison
  }
  const before = await look()
  if (before.pending.length === 0) return nothingToDo(job, before)
  const place = await findPlace(session, job.history, job.options.lock, leaseSettings(job, deadline))
  let seen = before
  const lock = await acquire(place.lock, {
    ...job.context,
    deadline,
    nothingLeft: async () => (seen = await look()).pending.length === 0,
  })
  if (lock === undefined) return `${nothingToDo(job, seen)}; another Pod applied it meanwhile`
  try {
    // Only now, as of fifty Pods one will run them, and before anything is written.
    const ready = new Map(seen.pending.map((file) => [identity(file), readyFile(file, job.reading)]))
    return await applyPending(job, { ...place, session, fence: lock.fence }, ready)
  } finally {
    await releaseQuietly(lock, job.context.log)
  }
}

type Held = Place & Pick<ApplyRun, 'session' | 'fence'>

async function applyPending(job: Job, held: Held, ready: ReadonlyMap<string, ReadyFile>): Promise<string> {
  const { session } = held
  const { options, context } = job
  const started = context.clock.now()
  const history = new HistoryTable(held.history)
  const known = (await readHistory(session, held.history)) ?? []
  const records = known.length > 0 ? known : await beginHistory(job, session, history, held.history.schema)
  const { pending, ...rest } = compare(job.files, records, options)
  refuseDrift({ pending, ...rest })
  const run: ApplyRun = {
    ...context,
    ...held,
    history,
    by: job.by,
    lockTimeout: options.lockTimeout,
    statementTimeout: options.statementTimeout,
    patience: options.timeout,
  }
  const files = pending.map((file) => ready.get(identity(file)) ?? readyFile(file, job.reading))
  for (const { migration, count } of files) if (count === 0) run.log.warning(`${migration.file} has no statement`)
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
  if (files.length === 0) return `${nothingToDo(job, rest)}; another Pod applied it meanwhile`
  return `applied ${names(pending)} in ${formatDuration(context.clock.now() - started)}`
}

/** Makes the table; a history that another tool left is taken over where that is wanted, and never passed by silently. */
async function beginHistory(
  job: Job,
  session: Session,
  history: HistoryTable,
  schema: string,
): Promise<readonly HistoryRecord[]> {
  const { from } = job.options
  const found = from === undefined ? await findPeers(session, schema) : []
  if (found.length > 0) {
    throw new RefusedError(`schema ${schema} has a history of ${found.join(' or ')} and none of migrate-schema`, {
      hint: `take it over with \`baseline --from ${found[0]}\`, or say --from none to begin beside it`,
    })
  }
  await session.script(history.create())
  if (from === undefined || from === 'none') return []
  return adopt(from, job, { session, history, schema })
}

async function applyTogether(files: readonly ReadyFile[], run: ApplyRun): Promise<void> {
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
