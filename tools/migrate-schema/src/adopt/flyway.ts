import { builtin, readText, RefusedError } from '@initbox/core'
import { type MigrationFile, versionOf } from '../files/migration.ts'
import { isAtMost, parseVersion } from '../files/version.ts'
import { fromVersions } from './listed.ts'
import { type Adopted, asAdopted, type ForeignHistory } from './foreign-history.ts'

type Row = {
  readonly version: string | null
  readonly description: string
  readonly type: string
  readonly script: string
  readonly checksum: number | null
  readonly success: boolean
}

// A later row of one of these types takes a version or a repeatable migration out again.
const withdrawals = new Set(['DELETE', 'UNDO_SQL', 'UNDO_JDBC', 'UNDO_SCRIPT'])

/** Flyway keeps every run with a CRC-32 of the file (flyway_schema_history); the last row of a version counts. */
export const flyway: ForeignHistory = {
  table: 'flyway_schema_history',
  columns: ['installed_rank', 'version', 'checksum', 'success'],
  query: (table) =>
    `SELECT version, description, type, script, checksum, success FROM ${table} ORDER BY installed_rank`,
  read(rows, files) {
    const last = new Map<string, Row>()
    for (const row of rows as readonly Row[]) {
      if (row.type !== 'SCHEMA') last.set(row.version === null ? `R ${row.description}` : `V ${row.version}`, row)
    }
    const kept = [...last.values()].filter(({ type }) => !withdrawals.has(type))
    const failed = kept.find(({ success }) => !success)
    if (failed !== undefined) {
      throw new RefusedError(`the history of Flyway says that ${failed.script} failed`, {
        hint: 'mend it with `flyway repair` first',
      })
    }
    return [...versioned(kept, files), ...repeatable(kept, files)]
  },
}

function versioned(rows: readonly Row[], files: readonly MigrationFile[]): Adopted[] {
  const baseline = rows.filter(({ type }) => type === 'BASELINE').map(({ version }) => parseVersion(version ?? ''))[0]
  const before = baseline === undefined ? [] : files.filter((file) => isAtMost(versionOf(file), baseline))
  const applied = rows.filter(({ version, type }) => version !== null && type !== 'BASELINE')
  for (const row of applied) refuseChanged(row, files)
  const listed = fromVersions(applied.map(({ version }) => version ?? ''), files) // prettier-ignore
  return [...before.map(asAdopted), ...listed]
}

/** Flyway compares a repeatable migration's checksum at each run; one that differs here is left to run again. */
function repeatable(rows: readonly Row[], files: readonly MigrationFile[]): Adopted[] {
  const known = new Map(rows.filter(({ version }) => version === null).map((row) => [row.description, row.checksum]))
  return files
    .filter((file) => file.kind === 'repeatable' && known.get(file.key) === flywayChecksum(file.path))
    .map(asAdopted)
}

function refuseChanged({ version, checksum }: Row, files: readonly MigrationFile[]): void {
  const file = files.find((each) => each.kind === 'versioned' && each.key === parseVersion(version ?? ''))
  if (file === undefined || checksum === null || flywayChecksum(file.path) === checksum) return
  throw new RefusedError(`${file.file}: rule changed: its content is not what Flyway applied (checksum ${checksum})`)
}

/** CRC-32 over all lines without their ends and without a byte order mark, as a signed number (ChecksumCalculator.java). */
export function flywayChecksum(path: string): number {
  const text = readText(path, { limit: 2 ** 30 })
  return builtin('node:zlib').crc32(text.replace(/[\r\n]/g, '')) | 0
}
