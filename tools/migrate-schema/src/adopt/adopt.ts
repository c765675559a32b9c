import { NotFoundError, RefusedError } from '@initbox/core'
import type { HistoryRecord } from '../history/record.ts'
import { formatTableName, type HistoryTable, parseTableName, type TableName } from '../history/table.ts'
import type { Job } from '../job.ts'
import { misanswered, type Session } from '@initbox/postgres'
import { quoteLiteral } from '../sql/quote.ts'
import { dbmate } from './dbmate.ts'
import { flyway } from './flyway.ts'
import type { Adopted, ForeignHistory } from './foreign-history.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'

export const peers = ['golang-migrate', 'dbmate', 'goose', 'flyway'] as const
export type PeerName = (typeof peers)[number]

const histories: Readonly<Record<PeerName, ForeignHistory>> = { 'golang-migrate': golangMigrate, dbmate, goose, flyway }

/** What the history of another tool says is applied. Throws NotFoundError where it is not there. */
export async function readForeign(from: PeerName, job: Job, session: Session, schema: string): Promise<Adopted[]> {
  const { fromTable } = job.options
  const foreign = histories[from]
  const found = (await findForeign(session, schema, fromTable)).find(({ peer }) => peer === from)
  if (found === undefined) {
    const hint = `it would be in the table ${foreign.table}; name another with --from-table, or say what is applied with \`baseline VERSION\``
    throw new NotFoundError(
      fromTable === undefined ? `schema ${schema} has no history of ${from}` : `${fromTable} is no history of ${from}`,
      fromTable === undefined ? { hint } : {},
    )
  }
  return foreign.read(await session.query(foreign.query(formatTableName(found.table))), job.files)
}

/** Enters migrations as applied without running them, all or none. */
export async function enter(
  adopted: readonly Adopted[],
  job: Job,
  { session, history }: { readonly session: Session; readonly history: HistoryTable },
): Promise<void> {
  await session.script(['BEGIN', ...adopted.map((each) => history.adopt(each, job.by)), 'COMMIT'].join(';\n'))
}

/** What the history will say once they are entered. */
export function asRecords(adopted: readonly Adopted[]): HistoryRecord[] {
  return adopted.map((each) => ({ ...each, state: 'baseline', done: 0, doneChecksum: null, begun: false }))
}

type FoundForeign = { readonly peer: PeerName; readonly table: TableName & { readonly schema: string } }

/**
 * The tools that have a history in the schema, or where the search path leads, under its usual name or the one that is given;
 * dbmate's and golang-migrate's tables differ by a column.
 */
export async function findForeign(session: Session, schema: string, fromTable?: string): Promise<FoundForeign[]> {
  const given = fromTable === undefined ? undefined : parseTableName(fromTable)
  const wanted = given === undefined ? Object.values(histories).map(({ table }) => table) : [given.table]
  const rows = await session.query<{ schema: string; table: string; columns: string }>(
    // The catalogue itself: information_schema.columns takes four times as long.
    `SELECT nspname::text AS schema, relname::text AS table, string_agg(attname, ' ') AS columns
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
     WHERE relname IN (${[...new Set(wanted)].map(quoteLiteral).join(', ')}) AND relkind IN ('r', 'p', 'v')
       AND ${given?.schema === undefined ? `(nspname = ${quoteLiteral(schema)} OR pg_table_is_visible(pg_class.oid))` : `nspname = ${quoteLiteral(given.schema)}`}
       AND attnum > 0 AND NOT attisdropped GROUP BY 1, 2`,
  )
  if (rows.some((row) => [row.schema, row.table, row.columns].some((each) => typeof each !== 'string'))) {
    throw misanswered('which tables other tools have')
  }
  return peers.flatMap((peer) => {
    const { table, columns } = histories[peer]
    const row = rows.find((each) => {
      const has = each.columns.split(' ')
      const named = given !== undefined || each.table === table
      return named && columns.every((column) => has.includes(column)) && (peer !== 'dbmate' || !has.includes('dirty'))
    })
    return row === undefined ? [] : [{ peer, table: { schema: row.schema, table: row.table } }]
  })
}

/** A history that another tool left is never passed by silently. */
export async function refuseForeign(session: Session, schema: string): Promise<void> {
  const found = await findForeign(session, schema)
  const [first] = found
  if (first === undefined) return
  const names = found.map(({ peer }) => peer).join(' or ')
  throw new RefusedError(`schema ${schema} has a history of ${names} and none of migrate-schema`, {
    hint: `take it over with \`baseline --from ${first.peer}\`, or say --from none to begin beside it`,
  })
}
