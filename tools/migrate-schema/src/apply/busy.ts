import { Deadline, formatDuration, NotReadyError, pauseAfter } from '@initbox/core'
import type { ApplyRun } from './run.ts'
import { StatementError } from './statement-error.ts'

const backoff = { first: 500, longest: 5_000 }

/** Busy for so long, or so often, that the run ends with it, where another NotReadyError would let it begin again. */
export class StillBusyError extends NotReadyError {}

/**
 * Tries again while locks are busy, with growing pauses in which nothing waits in the server's queue, so that the readers and
 * writers of the table go on. Gives up with StillBusyError after so many tries, or when the run's patience is over.
 */
export async function whileBusy(run: ApplyRun, what: string, tries: number | undefined, work: () => Promise<void>) {
  const deadline = new Deadline(run.patience, run.clock)
  for (let failures = 1; ; failures++) {
    try {
      return await work()
    } catch (error) {
      run.signal.throwIfAborted()
      if (!(error instanceof StatementError) || !error.isBusy) throw error
      const reason = `${what}: ${error.message}`
      if (failures === tries || deadline.remaining() === 0) {
        throw new StillBusyError(`${reason}; gave up after ${failures === 1 ? 'one try' : `${failures} tries`}`, {
          cause: error,
          hint: 'a transaction that stays open holds the table: see pg_stat_activity and pg_blocking_pids()',
        })
      }
      // Never less than half of the bound: right behind the last try all others would soon stand in the queue again.
      const pause = Math.min(
        pauseAfter(failures, backoff, () => 0.5 + Math.random() / 2),
        deadline.remaining(),
      )
      run.log.info(`${reason}; trying again in ${formatDuration(pause)}`)
      await run.clock.sleep(pause, run.signal)
    }
  }
}
