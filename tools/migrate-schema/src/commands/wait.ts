import { Deadline, NotReadyError, RefusedError, retry, whenChanged } from '@initbox/core'
import { compare } from '../history/compare.ts'
import { findHistory } from '../history/find-history.ts'
import type { HistoryRecord } from '../history/record.ts'
import type { Job } from '../job.ts'
import { asToolError, formatTarget, Session } from '@initbox/postgres'

const backoff = { first: 250, longest: 2_000 }

/**
 * Waits, without writing or locking anything, until every versioned file is applied and every repeatable one was at least
 * once; a database that is ahead of the files is fine. A file that differs from what was applied ends it at once.
 */
export async function wait(job: Job): Promise<string> {
  const { context, options } = job
  const { clock, signal, log } = context
  const settings = job.connection()
  const deadline = new Deadline(options.timeout, clock)
  let session: Session | undefined
  const onNotReady = whenChanged((reason) => log.info(`waiting: ${reason}`))
  try {
    await retry(
      async () => {
        session = session?.alive === true ? session : await Session.open(settings, signal)
        try {
          lookOnce(job, (await findHistory(session, job.history, job.files)).records ?? [])
        } catch (error) {
          throw asToolError(error, formatTarget(settings))
        }
      },
      { deadline, clock, signal, onNotReady, backoff, from: formatTarget(settings) },
    )
  } finally {
    session?.end()
  }
  return `the schema is ready: all ${job.files.length} migrations are applied`
}

function lookOnce({ folder, options }: Job, records: readonly HistoryRecord[]): void {
  const { drift, awaited } = compare(folder, records, options)
  const never = drift.find(({ rule }) => rule === 'changed' || rule === 'not-run')
  if (never !== undefined) throw new RefusedError(`${never.file}: rule ${never.rule}: ${never.why}`)
  const [next] = awaited
  if (next !== undefined) {
    throw new NotReadyError(
      `${awaited.length} of ${folder.files.length} migrations are not applied, next is ${next.file}`,
    )
  }
}
