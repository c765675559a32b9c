import { NotFoundError, UsageError } from '@initbox/core'
import { DoneChecksum } from '../apply/done-checksum.ts'
import { readyFile } from '../files/mode.ts'
import { identity } from '../files/migration.ts'
import { parseVersion } from '../files/version.ts'
import { compare } from '../history/compare.ts'
import type { HistoryRecord } from '../history/record.ts'
import type { Job } from '../job.ts'
import { type LockedHistory, withLockedHistory } from './locked.ts'

/** Brings the history in line where only a person can know what is right. Says what it changed. */
export function repair(job: Job): Promise<string> {
  const { argument, forget, resumeAt } = job.options
  return withLockedHistory(job, async (locked) => {
    if (forget) return forgetOne(find(locked, argument ?? ''), locked)
    if (resumeAt !== undefined) return resume(job, resumeAt, locked)
    return acceptChanged(job, argument, locked)
  })
}

async function forgetOne(record: HistoryRecord, { session, history }: LockedHistory): Promise<string> {
  await session.script(history.forget(record))
  return `took ${record.key} (${record.file}) out of the history; it is pending again if its file is there`
}

async function resume(job: Job, at: number, { session, history, records }: LockedHistory): Promise<string> {
  const record = records.find(({ state }) => state === 'unfinished')
  const file = record && job.files.find((each) => identity(each) === identity(record))
  if (file === undefined) throw new NotFoundError('no file is unfinished')
  const statements = [...readyFile(file, job.reading).statements()]
  if (at > statements.length + 1)
    throw new UsageError(`--resume-at ${at}: ${file.file} has ${statements.length} statements`)
  const checksum = new DoneChecksum()
  for (const statement of statements.slice(0, at - 1)) checksum.add(statement)
  await session.script(history.progress(file, at - 1, checksum.digest()))
  return `${file.file} will go on with statement ${at} of ${statements.length}`
}

async function acceptChanged(
  job: Job,
  version: string | undefined,
  { session, history, records }: LockedHistory,
): Promise<string> {
  const only = version === undefined ? undefined : find({ records }, version).file
  const { drift } = compare(job.folder, records, job.options)
  const names = new Set(
    drift.filter(({ rule, file }) => rule === 'changed' && (only ?? file) === file).map(({ file }) => file),
  )
  const changed = job.files.filter(({ file }) => names.has(file))
  if (changed.length === 0) return 'nothing to repair: no applied file has changed'
  await session.script(['BEGIN', ...changed.map((file) => history.accept(file)), 'COMMIT'].join(';\n'))
  return `accepted what is now in ${[...names].join(', ')}`
}

function find({ records }: Pick<LockedHistory, 'records'>, text: string): HistoryRecord {
  const version = parseVersion(text.replace(/^V/, ''))
  const record = records.find(({ kind, key }) => (kind === 'versioned' ? key === version : key === text))
  if (record === undefined) throw new NotFoundError(`version ${text} is not in the history`)
  return record
}
