import { RefusedError } from '@initbox/core'
import { readyFile } from '../files/mode.ts'
import { refuseDrift } from '../history/check.ts'
import { compare } from '../history/compare.ts'
import { readHistory } from '../history/table.ts'
import type { Job } from '../job.ts'
import { withSession } from './locked.ts'

/** Checks every file, and against the history too where a database is given; changes nothing. */
export async function validate(job: Job): Promise<string> {
  const problems = job.files.flatMap((file) => {
    try {
      readyFile(file, job.reading)
      return []
    } catch (error) {
      if (error instanceof RefusedError) return [error.message]
      throw error
    }
  })
  if (problems.length > 0) throw new RefusedError(problems.join('; '))
  const { url, host } = job.options
  if (url === undefined && host === undefined)
    return `${job.files.length} migrations are well-formed; no database was asked`
  return withSession(job, async (session) => {
    refuseDrift(compare(job.files, (await readHistory(session, job.history)) ?? [], job.options))
    return `${job.files.length} migrations are well-formed and agree with the database`
  })
}
