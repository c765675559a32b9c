import { type OutputPath, publishFiles } from '@initbox/core'
import type { Journal } from './journal.ts'

type Outcome = { readonly journal: Journal; readonly read: number; readonly unanswered: number; readonly time: number }

/** Writes what became of the records as JSON, for programs. */
export async function writeSummary(
  to: OutputPath | undefined,
  { journal, read, unanswered, time }: Outcome,
): Promise<void> {
  if (to === undefined) return
  const summary = {
    read,
    loaded: journal.loaded,
    skipped: journal.skipped,
    unanswered,
    errors: Object.fromEntries(journal.kinds),
    ...(journal.first === undefined ? {} : { firstError: journal.first }),
    seconds: Math.round(time) / 1000,
  }
  await publishFiles([{ to, content: `${JSON.stringify(summary, null, 2)}\n`, mode: 0o644 }])
}
