import { type Context, formatDuration } from '@initbox/core'
import type { Entry, ProgressLog } from './progress-log.ts'

const remindEvery = 15_000

/** Shows how it goes until the signal is aborted: a live table on a terminal, a reminder every 15 s in a log. */
export async function reportProgress(progress: ProgressLog, { log, clock, signal, redactor }: Context): Promise<void> {
  if (log.live !== undefined) {
    const { LiveTable } = await import('./live-table.ts')
    return new LiveTable(progress, redactor).show(clock, signal)
  }
  try {
    for (;;) {
      await clock.sleep(remindEvery, signal)
      log.info(reminder(progress.entries, progress.elapsed()))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** `still waiting after 15 s for 2 of 3 targets: postgres db:5432 (starting up), …`. */
export function reminder(entries: readonly Entry[], elapsed: number): string {
  const missing = entries.filter(({ outcome }) => outcome === 'waiting')
  const names = missing.map(({ subject, states }) => `${subject.label} (${states.at(-1) ?? 'no answer yet'})`)
  const count = entries.length === 1 ? '' : ` for ${missing.length} of ${entries.length} targets`
  return `still waiting after ${formatDuration(elapsed)}${count}: ${names.join(', ')}`
}
