import { RefusedError } from '@initbox/core'
import { misanswered, type Session } from '@initbox/postgres'
import { identity, type MigrationFile } from '../files/migration.ts'
import { quoteLiteral } from '../sql/quote.ts'
import type { HistoryRecord } from './record.ts'
import { formatTableName, readHistory, type TableName } from './table.ts'

/** Where the history is, or where it will be, and what it says. */
export type FoundHistory = {
  readonly table: TableName & { readonly schema: string }
  /** Undefined where there is none yet. */
  readonly records: readonly HistoryRecord[] | undefined
  /** Whether the session's search path does not lead there. */
  readonly elsewhere: boolean
  /** The process that answered. */
  readonly processId: number
}

type Catalogue = {
  readonly pid: number
  /** Where a table without schema would be made; null where no schema of the search path exists. */
  readonly schema: string | null
  readonly tables: readonly { readonly schema: string; readonly visible: boolean }[] | null
}

/**
 * Looks in the catalogue for tables of the history's name, in all schemas that the role may read unless the name has one, and
 * reads them. Where a new history would be made depends on the search path, which a migration can change for the role or the
 * database: where an old one is must not.
 */
export async function findHistory(
  session: Session,
  name: TableName,
  files: readonly MigrationFile[],
): Promise<FoundHistory> {
  const [row] = await session.query<{ place: string }>(`SELECT json_build_object(
      'pid', pg_backend_pid(),
      'schema', current_schema(),
      'tables', (SELECT json_agg(json_build_object('schema', nspname, 'visible', pg_table_is_visible(pg_class.oid)) ORDER BY nspname)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relname = ${quoteLiteral(name.table)} AND relkind IN ('r', 'p', 'v') AND ${name.schema === undefined ? "nspname !~ '^pg_'" : `nspname = ${quoteLiteral(name.schema)}`}
          AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')))::text AS place`)
  const { pid, schema, tables } = readCatalogue(row?.place)
  const found: History[] = []
  for (const each of tables ?? []) {
    const table = { schema: each.schema, table: name.table }
    const chosen = each.visible || name.schema !== undefined
    found.push({ ...each, chosen, records: await readThere(session, table, chosen) })
  }
  const history = chooseHistory(found, files, name.table)
  return {
    table: { schema: history?.schema ?? name.schema ?? schema ?? 'public', table: name.table },
    records: history?.records,
    elsewhere: history?.chosen === false,
    processId: pid,
  }
}

function readCatalogue(text: unknown): Catalogue {
  try {
    const found = JSON.parse(String(text))
    const { pid, schema, tables } = found
    const named = (each: Record<string, unknown>): boolean => typeof each['schema'] === 'string'
    if (typeof pid === 'number' && (schema === null || typeof schema === 'string') && (tables ?? []).every(named))
      return found
    throw new Error('it has another shape')
  } catch (error) {
    throw misanswered('where the history is', error)
  }
}

/** A table of that name which is no history matters only where the search path leads to it. */
async function readThere(session: Session, table: TableName, chosen: boolean): Promise<readonly HistoryRecord[]> {
  try {
    return (await readHistory(session, table)) ?? []
  } catch (error) {
    if (!chosen && error instanceof RefusedError) return []
    throw error
  }
}

export type History = {
  readonly schema: string
  /** Whether the search path, or the option, leads to it. */
  readonly chosen: boolean
  readonly records: readonly HistoryRecord[]
}

/**
 * The history of these files among several of one name. One where the search path does not lead counts if it has a migration
 * and checksum of this folder; beside one that counts already, only if it has more of them than others. Throws a RefusedError
 * where two count, since running on either could apply a migration again.
 */
export function chooseHistory(
  histories: readonly History[],
  files: readonly MigrationFile[],
  name: string,
): History | undefined {
  const chosen = histories.find((each) => each.chosen)
  const others = histories.filter((each) => !each.chosen)
  if (others.length === 0) return chosen
  const checksums = new Map(files.map((file) => [identity(file), file.checksum]))
  const counted = histories.map((history) => ({ history, ...count(history.records, checksums) }))
  const own = counted.find(({ history, same }) => history === chosen && same > 0)
  const rivals = counted.filter(
    ({ history, same, other }) => history !== chosen && same > 0 && (own === undefined || same > other),
  )
  const candidates = own === undefined ? rivals : [own, ...rivals]
  if (candidates.length > 1) {
    const names = candidates.map(({ history: { schema } }) => formatTableName({ schema, table: name })).join(' and ')
    throw new RefusedError(`${names} both hold migrations of this folder`, {
      hint: 'see which one is right, and name it with --history-table schema.table',
    })
  }
  return candidates[0]?.history ?? chosen
}

function count(records: readonly HistoryRecord[], checksums: ReadonlyMap<string, string>) {
  let same = 0
  let other = 0
  for (const record of records) {
    const checksum = checksums.get(identity(record))
    if (checksum === undefined || record.checksum === null) continue
    if (checksum === record.checksum) same++
    else other++
  }
  return { same, other }
}
