import { fromVersions } from './listed.ts'
import type { ForeignHistory } from './foreign-history.ts'

/** goose adds a row for each up and down; the last one of a version counts, version 0 is its own (internal/dialects/postgres.go). */
export const goose: ForeignHistory = {
  table: 'goose_db_version',
  columns: ['version_id', 'is_applied', 'tstamp'],
  query: (table) =>
    `SELECT DISTINCT ON (version_id) version_id::text AS version, is_applied FROM ${table} ORDER BY version_id, id DESC`,
  read: (rows, files) =>
    fromVersions(
      rows.filter((row) => row.is_applied === true && row.version !== '0').map(({ version }) => String(version)),
      files,
    ),
}
