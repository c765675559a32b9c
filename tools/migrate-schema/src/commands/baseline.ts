import { NotFoundError, UsageError } from '@initbox/core'
import { enter, readForeign } from '../adopt/adopt.ts'
import { asAdopted } from '../adopt/foreign-history.ts'
import { versionOf } from '../files/migration.ts'
import { isAtMost, parseVersion } from '../files/version.ts'
import type { Job } from '../job.ts'
import { withLockedHistory } from './locked.ts'

/** Takes migrations as applied without running them: those of another tool's history, or all up to a version. */
export function baseline(job: Job): Promise<string> {
  const { from, argument } = job.options
  const newest = argument === undefined ? undefined : parseVersion(argument.replace(/^V/, ''))
  if (argument !== undefined && newest === undefined) throw new UsageError(`'${argument}' is not a version`)
  return withLockedHistory(job, async (locked) => {
    if (newest === undefined) {
      if (from === undefined || from === 'none') return 'nothing to take over'
      const adopted = await readForeign(from, job, locked.session, locked.schema)
      await enter(adopted, job, locked)
      return `took over ${adopted.length} migrations from the history of ${from}`
    }
    const files = job.files.filter((file) => isAtMost(versionOf(file), newest))
    if (!files.some(({ key }) => key === newest)) throw new NotFoundError(`no file has version ${newest}`)
    await enter(files.map(asAdopted), job, locked)
    return `${files.length} migrations up to version ${newest} are taken as applied`
  })
}
