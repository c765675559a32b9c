import { NotReadyError } from '@initbox/core'
import type { Session } from '@initbox/postgres'
import type { ConcurrentIndex, ConcurrentReindex } from '../sql/concurrent-index.ts'

/** An index of that name on that table; `valid` is false for what a failed CREATE INDEX CONCURRENTLY left. */
export type FoundIndex = { readonly name: string; readonly valid: boolean }

/**
 * Looks for the index that a statement builds. Throws NotReadyError while another session is still building it, for example
 * the server's half of a Pod that was killed.
 */
export async function findIndex(session: Session, wanted: ConcurrentIndex): Promise<FoundIndex | undefined> {
  const [found] = await session.query<{ name: string; valid: boolean; building: boolean }>(
    `SELECT format('%I.%I', nspname, relname) AS name, indisvalid AS valid,
       EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid) AS building
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE indrelid = to_regclass($1) AND relname = $2`,
    [wanted.table, unquote(wanted.index ?? '')],
  )
  if (found?.building === true) throw new NotReadyError(`index ${found.name} is still being built by another session`)
  return found
}

// A table with its partitions, and what PostgreSQL keeps of their long values (TOAST); of an index its table.
const tables = 'oid = to_regclass($1) OR oid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)))'
const toastOf = (which: string): string => `indrelid IN (SELECT reltoastrelid FROM pg_class WHERE ${which})`
const scopes: Readonly<Record<ConcurrentReindex['what'], string>> = {
  index: 'indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1))',
  table: `indrelid IN (SELECT oid FROM pg_class WHERE ${tables}) OR ${toastOf(tables)}`,
  schema: `nspname = $1 OR ${toastOf('relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)')}`,
  database: 'true',
}

/**
 * The INVALID indexes that a failed REINDEX CONCURRENTLY leaves (docs: sql-reindex, "Rebuilding Indexes Concurrently"): what
 * it was building, `…_ccnew`, or the old one after the exchange, `…_ccold`. Those that it runs on now are locked, so
 * that dropping one waits for its end and then finds nothing.
 */
export async function findTransientIndexes(session: Session, { what, name }: ConcurrentReindex): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT format('%I.%I', nspname, relname) AS name
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE NOT indisvalid AND relname ~ '_cc(new|old)[0-9]*$' AND (nspname = 'pg_toast' OR nspname !~ '^pg_') AND (${scopes[what]})`,
    name === undefined || what === 'database' ? [] : [what === 'schema' ? unquote(name) : name],
  )
  return rows.map((row) => row.name)
}

/** The name as the catalogue has it: unquoted names are folded to lower case. */
function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}
