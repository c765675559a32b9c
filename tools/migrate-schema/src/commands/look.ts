import type { Session } from '@initbox/postgres'
import { asRecords, readForeign, refuseForeign } from '../adopt/adopt.ts'
import type { Adopted } from '../adopt/foreign-history.ts'
import { refuseDrift } from '../history/check.ts'
import { compare, type Comparison } from '../history/compare.ts'
import type { FoundHistory } from '../history/find-history.ts'
import type { HistoryRecord } from '../history/record.ts'
import type { Job } from '../job.ts'

/** What `up` is about to do, known before anything is written. */
export type Prospect = Comparison & {
  readonly records: readonly HistoryRecord[]
  /** What would be taken over from another tool's history. */
  readonly adopted: readonly Adopted[] | undefined
}

/**
 * Puts files and history side by side; where there is no history yet, that of the tool that --from names. Throws a RefusedError
 * for drift, and for a history of another tool that nobody has decided about. Files that are
 * applied are not read. `decided` says that the other tool's history was looked for already.
 */
export async function lookAhead(
  job: Job,
  session: Session,
  { table, records }: FoundHistory,
  { decided = false } = {},
): Promise<Prospect> {
  const { from } = job.options
  const none = records === undefined || records.length === 0
  if (none && from === undefined && !decided) await refuseForeign(session, table.schema)
  const adopted =
    none && from !== undefined && from !== 'none' ? await readForeign(from, job, session, table.schema) : undefined
  const known = adopted === undefined ? (records ?? []) : asRecords(adopted)
  const comparison = compare(job.folder, known, job.options)
  refuseDrift(comparison)
  return { ...comparison, records: known, adopted }
}
