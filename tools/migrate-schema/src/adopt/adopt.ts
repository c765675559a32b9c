import { NotFoundError } from '@initbox/core'
import type { HistoryRecord } from '../history/record.ts'
import { formatTableName, type HistoryTable, readHistory } from '../history/table.ts'
import type { Job } from '../job.ts'
import type { Session } from '@initbox/postgres'
import { dbmate } from './dbmate.ts'
import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import type { Adopted, Peer } from './peer.ts'

const peers: Readonly<Record<string, Peer>> = { 'golang-migrate': golangMigrate, dbmate, goose, flyway }

export type PeerName = 'golang-migrate' | 'dbmate' | 'goose' | 'flyway'
type Place = { readonly session: Session; readonly history: HistoryTable; readonly schema: string }

/** Takes the history of another tool over into ours; returns the whole history after it. */
export async function adopt(
  from: PeerName,
  job: Job,
  { session, history, schema }: Place,
): Promise<readonly HistoryRecord[]> {
  const peer = peers[from]
  if (peer === undefined || !(await findPeers(session, schema)).includes(from)) {
    throw new NotFoundError(`schema ${schema} has no history of ${from}`, {
      hint: `it would be in the table ${peer?.table}`,
    })
  }
  const rows = await session.query(peer.query(formatTableName({ schema, table: peer.table })))
  const adopted = peer.read(rows, job.files)
  await enter(adopted, job, { session, history })
  job.context.log.info(`took over ${adopted.length} migrations from the history of ${from}`)
  return (await readHistory(session, { ...job.history, schema })) ?? []
}

/** Enters migrations as applied without running them, all or none. */
export async function enter(
  adopted: readonly Adopted[],
  job: Job,
  { session, history }: Pick<Place, 'session' | 'history'>,
) {
  await session.script(['BEGIN', ...adopted.map((each) => history.adopt(each, job.by)), 'COMMIT'].join(';\n'))
}

/** Names of the tools that have a history in the schema; dbmate's and golang-migrate's tables differ by a column. */
export async function findPeers(session: Session, schema: string): Promise<PeerName[]> {
  const rows = await session.query<{ table: string; columns: string }>(
    // The catalogue itself: information_schema.columns takes four times as long.
    `SELECT relname::text AS table, string_agg(attname, ' ') AS columns
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
     WHERE nspname = $1 AND relname IN ('schema_migrations', 'goose_db_version', 'flyway_schema_history')
       AND attnum > 0 AND NOT attisdropped GROUP BY 1`,
    [schema],
  )
  const names = Object.keys(peers) as PeerName[]
  return names.filter((name) => {
    const peer = peers[name]
    const columns = rows.find(({ table }) => table === peer?.table)?.columns.split(' ')
    if (columns === undefined || peer === undefined) return false
    return peer.columns.every((column) => columns.includes(column)) && (name !== 'dbmate' || !columns.includes('dirty'))
  })
}
