import { NotReadyError } from '@initbox/core'
import type { Session } from '../postgres/session.ts'
import type { ConcurrentIndex } from '../sql/concurrent-index.ts'

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

/** The name as the catalogue has it: unquoted names are folded to lower case. */
function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}
