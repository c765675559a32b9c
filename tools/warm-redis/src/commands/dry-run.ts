import { type Context, formatCount } from '@initbox/core'
import { writeSummary } from '../load/summary.ts'
import { Batch } from '../resp/batch.ts'
import type { Settings } from '../settings.ts'
import { journalOf, readAll, recordsOf } from './work.ts'

/** Reads everything, counts, and connects to nothing. */
export async function dryRun(settings: Settings, context: Context): Promise<string> {
  const { clock, signal } = context
  const { origins, journal } = journalOf(settings, context)
  const batch = new Batch()
  const empty = (): void => {
    batch.endPairs()
    batch.clear()
  }
  const target = { batch: () => batch, full: empty, msets: false, isBusy: false, settle: async () => {} }
  const records = recordsOf(settings, target, settings.cluster)
  const started = clock.now()
  const work = { target, sharded: settings.cluster, journal, records, doing: 'reading', signal }
  await readAll(settings, context, origins, work)
  await writeSummary(settings.summaryOut, { journal, read: records.read, unanswered: 0, time: clock.now() - started })
  if (journal.isFull) throw journal.failure()
  const wrong = journal.errors === 0 ? '' : `, ${formatCount(journal.errors)} wrong: ${journal.first}`
  return `read ${formatCount(records.read)} records without loading them${wrong}`
}
