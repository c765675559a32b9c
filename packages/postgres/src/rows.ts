import type { Session } from './session.ts'

/** A value as the server writes it, or null. */
export type Cell = string | null

export type RowBatch = { readonly columns: readonly string[]; readonly rows: readonly (readonly Cell[])[] }

/** About how much of a result is held at a time, in characters. */
const batchSize = 256 * 1024

/**
 * The rows of a query, of any number, in constant memory: by a cursor in a read-only transaction of its own, which sees one
 * state of the database however long the caller takes. `values` are for `$1` …; each batch has at least one row, but for the
 * first, which tells the columns of an empty result. When the caller stops early, the cursor is closed.
 */
export async function* rows(session: Session, sql: string, values: readonly string[] = []): AsyncGenerator<RowBatch> {
  await session.query('BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ')
  try {
    await session.query(`DECLARE initbox_rows NO SCROLL CURSOR FOR ${sql.replace(/[\s;]+$/, '')}`, values)
    let count = 100
    for (let first = true; ; first = false) {
      const batch = await session.table(`FETCH FORWARD ${count} FROM initbox_rows`)
      if (batch.rows.length > 0 || first) yield batch
      if (batch.rows.length < count) break
      const size = batch.rows.reduce((sum, row) => sum + row.reduce((all, cell) => all + (cell?.length ?? 0) + 8, 0), 0)
      count = Math.max(1, Math.min(10_000, Math.round((count * batchSize) / Math.max(1, size)), count * 8))
    }
    await session.query('COMMIT')
  } finally {
    // After an error, or when nobody wants the rest. What broke before is what counts.
    if (session.alive) await session.query('ROLLBACK').catch(() => {})
  }
}
