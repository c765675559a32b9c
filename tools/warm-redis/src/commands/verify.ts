import { type Context, formatCount, UsageError } from '@initbox/core'
import { formats } from '../formats/index.ts'
import { sourcesOf } from '../input/source.ts'
import { Questions } from '../redis/questions.ts'
import { routeTo } from '../redis/route-to.ts'
import type { Settings } from '../settings.ts'
import { Comparison } from '../verify/comparison.ts'
import { journalOf, readAll, recordsOf } from './work.ts'

/** Compares the server with every record, or with a sample. */
export async function verify(settings: Settings, context: Context): Promise<string> {
  for (const input of settings.in) {
    for (const { name, format } of sourcesOf(input, settings, context)) {
      if (formats[format].verbatim) {
        throw new UsageError(`cannot verify ${name}: nobody knows what commands should have made`, {
          hint: 'verify takes ndjson, csv and tsv',
        })
      }
    }
  }
  const { clock, signal } = context
  const { timeout, attemptTimeout } = settings
  const { origins, journal } = journalOf(settings, context)
  const route = routeTo(settings, context)
  const questions = new Questions({ route, clock, signal, timeout, attemptTimeout })
  const comparison = new Comparison(questions, journal, settings.sample)
  // What is compared is the content: no condition and no time to live.
  const plain = { ...settings, existing: 'overwrite', ttl: undefined } as const
  const records = recordsOf(plain, comparison, false)
  try {
    const work = { target: comparison, sharded: false, journal, records, doing: 'comparing', signal }
    await readAll(plain, context, origins, work)
    await comparison.finish()
  } finally {
    questions.close()
  }
  if (journal.isFull) throw journal.failure()
  const wrong = journal.errors === 0 ? '' : `, ${formatCount(journal.errors)} wrong: ${journal.first}`
  return `compared ${formatCount(comparison.compared)} of ${formatCount(records.read)} records${wrong}`
}
