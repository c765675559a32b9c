import type { MigrationFile } from '../files/migration.ts'
import type { HistoryRecord } from '../history/record.ts'

/** A migration that another tool says it has applied. */
export type Adopted = Pick<HistoryRecord, 'kind' | 'key' | 'name' | 'file' | 'checksum'>

/** What another tool keeps in the database, and how to read it as our own history. */
export type ForeignHistory = {
  readonly table: string
  /** By these columns its table is told from that of another tool with the same name. */
  readonly columns: readonly string[]
  /** The query for its rows, on the quoted name of its table. */
  readonly query: (table: string) => string
  /** Throws a RefusedError where its history does not say what is applied. */
  readonly read: (rows: readonly Record<string, unknown>[], files: readonly MigrationFile[]) => Adopted[]
}

/** A file as it is now, taken as what was applied. */
export function asAdopted({ kind, key, name, file, checksum }: MigrationFile): Adopted {
  return { kind, key, name, file, checksum }
}
