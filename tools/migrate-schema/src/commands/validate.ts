import { RefusedError } from '@initbox/core'
import { tellSome } from '../files/folder.ts'
import type { MigrationFile, UnrunFile } from '../files/migration.ts'
import { readyFile } from '../files/mode.ts'
import { refuseDrift } from '../history/check.ts'
import { compare } from '../history/compare.ts'
import type { Job } from '../job.ts'
import { lookAt, withSession } from './locked.ts'

/** Checks every file, and where a database is given those that are not applied, and all against the history; changes nothing. */
export async function validate(job: Job): Promise<string> {
  const { url, host } = job.options
  const { length } = job.files
  if (url === undefined && host === undefined) {
    judge(job, job.files, job.folder.unrun)
    return `${length} migrations are well-formed; no database was asked`
  }
  return withSession(job, async (session) => {
    const { records = [] } = await lookAt(job, session)
    const comparison = compare(job.folder, records, job.options)
    refuseDrift(comparison)
    judge(job, comparison.pending, [])
    return `${length} migrations are well-formed and agree with the database`
  })
}

function judge(job: Job, files: readonly MigrationFile[], unrun: readonly UnrunFile[]): void {
  const problems = unrun.map(({ file }) => `${file}: rule not-run: is no SQL that can be run here`)
  for (const file of files) {
    try {
      readyFile(file, job.reading)
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      problems.push(error.message)
    }
  }
  if (problems.length > 0) throw new RefusedError(tellSome(problems))
}
