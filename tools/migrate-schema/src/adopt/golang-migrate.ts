import { RefusedError } from '@initbox/core'
import { versionOf } from '../files/migration.ts'
import { isAtMost, parseVersion } from '../files/version.ts'
import { asAdopted, type ForeignHistory } from './foreign-history.ts'

/** golang-migrate keeps one row: the newest version, and whether it failed half-way (database/postgres/postgres.go). */
export const golangMigrate: ForeignHistory = {
  table: 'schema_migrations',
  columns: ['version', 'dirty'],
  query: (table) => `SELECT version::text AS version, dirty FROM ${table}`,
  read(rows, files) {
    const [row] = rows
    const newest = parseVersion(String(row?.version ?? ''))
    if (newest === undefined) return []
    if (row?.dirty === true) {
      throw new RefusedError(`the history of golang-migrate is dirty at version ${newest}`, {
        hint: `see what of it is applied, then say so: \`baseline ${newest}\` if all of it is, or the version before it`,
      })
    }
    if (!files.some((file) => versionOf(file) === newest)) {
      throw new RefusedError(`the history of golang-migrate is at version ${newest}, and no file has that version`)
    }
    return files.filter((file) => isAtMost(versionOf(file), newest)).map(asAdopted)
  },
}
