import { type Context } from '@initbox/core'
import type { Journal } from './journal.ts'
import { reminder } from './reminder.ts'

const remindEvery = 15_000

/** Shows how it goes until the signal is aborted: a live table on a terminal, a reminder every 15 s in a log. */
export async function accompany(journal: Journal, { log, clock, signal, redactor }: Context): Promise<void> {
  if (log.live !== undefined) {
    const { LiveTable } = await import('./live-table.ts')
    return new LiveTable(journal, redactor).show(clock, signal)
  }
  try {
    for (;;) {
      await clock.sleep(remindEvery, signal)
      log.info(reminder(journal.entries, journal.elapsed()))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
