import { RefusedError } from '@initbox/core'
import type { MigrationFile } from '../files/migration.ts'
import { isServerError, misanswered, type Session } from '@initbox/postgres'
import { quoteIdentifier, quoteLiteral } from '../sql/quote.ts'
import type { HistoryRecord } from './record.ts'

/** Who is migrating: the Pod, and the version of this tool. */
export type Applier = { readonly pod: string; readonly version: string }

/** A table's name, with its schema where that is known. */
export type TableName = { readonly schema: string | undefined; readonly table: string }

/** `schema.table` or `table`, as given; both parts are taken literally. */
export function parseTableName(text: string): TableName {
  const dot = text.indexOf('.')
  return dot < 0 ? { schema: undefined, table: text } : { schema: text.slice(0, dot), table: text.slice(dot + 1) }
}

export function formatTableName({ schema, table }: TableName): string {
  return schema === undefined ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
}

const columns = `kind, key, name, file, checksum, state, done, done_checksum AS "doneChecksum", begun`

/**
 * Reads the whole history in one round trip; undefined where the table is not there. As one value in JSON, because it is
 * read at every start, and thousands of rows of nine values would be parsed one by one.
 */
export async function readHistory(session: Session, name: TableName): Promise<readonly HistoryRecord[] | undefined> {
  try {
    const [row] = await session.query<{ records: string | null }>(
      `SELECT json_agg(record)::text AS records FROM (SELECT ${columns} FROM ${formatTableName(name)}) AS record`,
    )
    return readRecords(row?.records)
  } catch (error) {
    if (!isServerError(error)) throw error
    if (error.code === '42P01' || error.code === '3F000') return undefined
    if (error.code !== '42703') throw error
    throw new RefusedError(`the table ${formatTableName(name)} is not a history of migrate-schema: ${error.message}`, {
      cause: error,
      hint: 'give the history another name with --history-table',
    })
  }
}

/** Null where the table has no row. */
function readRecords(text: unknown): readonly HistoryRecord[] {
  if (text === null) return []
  try {
    const records: Record<string, unknown>[] = JSON.parse(String(text))
    if (records.every(({ kind, key, file }) => [kind, key, file].every((each) => typeof each === 'string'))) {
      return records as unknown as HistoryRecord[]
    }
    throw new Error('a row has another shape')
  } catch (error) {
    throw misanswered('what the history says', error)
  }
}

/** When and by whom a migration was applied, for people. */
export type HistoryRun = {
  readonly kind: string
  readonly key: string
  /** RFC 3339. */
  readonly startedAt: string
  readonly durationMs: number | null
  readonly appliedBy: string
  readonly toolVersion: string
}

export function readRuns(session: Session, name: TableName): Promise<HistoryRun[]> {
  return session.query<HistoryRun>(
    `SELECT kind, key, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "startedAt",
       duration_ms::integer AS "durationMs", applied_by AS "appliedBy", tool_version AS "toolVersion"
     FROM ${formatTableName(name)}`,
  )
}

/** The statements that keep the history; each is SQL to be sent with the migration's own. */
export class HistoryTable {
  readonly name: string

  constructor(name: TableName) {
    this.name = formatTableName(name)
  }

  create(): string {
    return `CREATE TABLE IF NOT EXISTS ${this.name} (
      kind text NOT NULL CHECK (kind IN ('versioned', 'repeatable')),
      key text NOT NULL,
      name text NOT NULL,
      file text NOT NULL,
      checksum text,
      state text NOT NULL CHECK (state IN ('applied', 'baseline', 'unfinished')),
      done integer NOT NULL DEFAULT 0,
      done_checksum text,
      begun boolean NOT NULL DEFAULT false,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      duration_ms bigint,
      applied_by text NOT NULL,
      tool_version text NOT NULL,
      PRIMARY KEY (kind, key))`
  }

  /**
   * Enters a migration before its statements run. A second run of the same version waits here for the first and then
   * fails with 23505, so that no version is ever applied twice, lock or no lock.
   */
  enter(file: MigrationFile, state: HistoryRecord['state'], by: Applier): string {
    const values = [file.kind, file.key, file.name, file.file, file.checksum, state, by.pod, by.version].map(
      quoteLiteral,
    )
    const again =
      file.kind === 'versioned'
        ? ''
        : ` ON CONFLICT (kind, key) DO UPDATE SET file = excluded.file, checksum = excluded.checksum, state = excluded.state,
            done = 0, done_checksum = NULL, begun = false, started_at = excluded.started_at, duration_ms = NULL,
            applied_by = excluded.applied_by, tool_version = excluded.tool_version`
    return `INSERT INTO ${this.name} (kind, key, name, file, checksum, state, applied_by, tool_version) VALUES (${values.join(', ')})${again}`
  }

  /** Enters what is taken as applied; of the rows that are there only an unfinished one is changed. */
  adopt(record: Pick<HistoryRecord, 'kind' | 'key' | 'name' | 'file' | 'checksum'>, by: Applier): string {
    const { kind, key, name, file, checksum } = record
    const values = [kind, key, name, file].map(quoteLiteral)
    const sum = checksum === null ? 'NULL' : quoteLiteral(checksum)
    return `INSERT INTO ${this.name} AS old (kind, key, name, file, checksum, state, duration_ms, applied_by, tool_version)
      VALUES (${values.join(', ')}, ${sum}, 'baseline', 0, ${quoteLiteral(by.pod)}, ${quoteLiteral(by.version)})
      ON CONFLICT (kind, key) DO UPDATE SET state = 'baseline', checksum = excluded.checksum, begun = false WHERE old.state = 'unfinished'`
  }

  finish(file: MigrationFile): string {
    const spent = 'round(extract(epoch FROM clock_timestamp() - started_at) * 1000)'
    return `UPDATE ${this.name} SET state = 'applied', checksum = ${quoteLiteral(file.checksum)}, begun = false, duration_ms = ${spent} WHERE ${this.#row(file)}`
  }

  /** Before a statement that cannot be in one transaction with its own record. */
  begin(file: MigrationFile): string {
    return `UPDATE ${this.name} SET begun = true WHERE ${this.#row(file)}`
  }

  /** Withdraws `begin` after the server said that the statement failed. */
  withdraw(file: MigrationFile): string {
    return `UPDATE ${this.name} SET begun = false WHERE ${this.#row(file)}`
  }

  progress(file: MigrationFile, done: number, doneChecksum: string): string {
    return `UPDATE ${this.name} SET done = ${done}, done_checksum = ${quoteLiteral(doneChecksum)}, begun = false WHERE ${this.#row(file)}`
  }

  accept(file: MigrationFile): string {
    return `UPDATE ${this.name} SET checksum = ${quoteLiteral(file.checksum)}, file = ${quoteLiteral(file.file)} WHERE ${this.#row(file)}`
  }

  forget(row: { readonly kind: string; readonly key: string }): string {
    return `DELETE FROM ${this.name} WHERE ${this.#row(row)}`
  }

  #row({ kind, key }: { readonly kind: string; readonly key: string }): string {
    return `kind = ${quoteLiteral(kind)} AND key = ${quoteLiteral(key)}`
  }
}
