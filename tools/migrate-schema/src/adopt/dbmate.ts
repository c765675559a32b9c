import { fromVersions } from './listed.ts'
import type { ForeignHistory } from './foreign-history.ts'

/** dbmate keeps a row for each version, as text (pkg/driver/postgres/postgres.go). */
export const dbmate: ForeignHistory = {
  table: 'schema_migrations',
  columns: ['version'],
  query: (table) => `SELECT version::text AS version FROM ${table}`,
  read: (rows, files) => fromVersions(rows.map(({ version }) => String(version)), files), // prettier-ignore
}
