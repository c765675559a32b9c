import { type Folder, identity, type MigrationFile, type UnrunFile, versionOf } from '../files/migration.ts'
import { compareVersions, type Version } from '../files/version.ts'
import type { HistoryRecord } from './record.ts'

/** One way in which files and database disagree, in words that name the file and the rule. */
export type Drift = {
  readonly rule: 'changed' | 'missing' | 'out-of-order' | 'not-run'
  readonly file: string
  readonly why: string
}

/** What the files and the history of the database, put side by side, say. */
export type Comparison = {
  readonly drift: readonly Drift[]
  /** What `up` would run, in order. */
  readonly pending: readonly MigrationFile[]
  /** Files that must still be applied before a Pod that only waits may go on. */
  readonly awaited: readonly MigrationFile[]
  /** Versions in the database that are newer than the newest file: a newer release has been here. */
  readonly ahead: readonly HistoryRecord[]
}

/**
 * Compares files with history. A version of the database beyond the newest file is not drift, since during a roll-out
 * Pods of the old release start too; repeatable migrations are then left as the newer release made them.
 */
export function compare(
  { files, unrun }: Folder,
  records: readonly HistoryRecord[],
  { allowOutOfOrder }: { readonly allowOutOfOrder: boolean },
): Comparison {
  const byKey = new Map(records.map((record) => [identity(record), record]))
  const newestFile = newest([...files, ...unrun])
  const newestApplied = newest(records.filter(({ state }) => state !== 'unfinished'))
  const ahead = records.filter((record) => isAfter(versionOf(record), newestFile))
  const drift: Drift[] = missing([...files, ...unrun], records, newestFile)
  const pending: MigrationFile[] = []
  for (const file of files) {
    const record = byKey.get(identity(file))
    if (record === undefined || record.state === 'unfinished') {
      if (file.kind === 'repeatable' && ahead.length > 0) continue
      pending.push(file)
      const version = versionOf(file)
      if (version === undefined || record !== undefined || allowOutOfOrder) continue
      if (isAfter(newestApplied, version)) {
        drift.push({ rule: 'out-of-order', file: file.file, why: `version ${newestApplied} is already applied` })
      }
    } else if (record.checksum !== null && record.checksum !== file.checksum) {
      if (file.kind === 'versioned')
        drift.push({ rule: 'changed', file: file.file, why: 'its content is not what was applied' })
      else if (ahead.length === 0) pending.push(file)
    }
  }
  for (const { file, ...claim } of unrun) {
    const state = byKey.get(identity(claim))?.state
    if (state === undefined || state === 'unfinished')
      drift.push({ rule: 'not-run', file, why: 'is no SQL that can be run here' })
  }
  const awaited = pending.filter((file) => file.kind === 'versioned' || !byKey.has(identity(file)))
  return { drift, pending, awaited, ahead }
}

function missing(
  files: readonly (MigrationFile | UnrunFile)[],
  records: readonly HistoryRecord[],
  newestFile: Version | undefined,
): Drift[] {
  const known = new Set(files.map(identity))
  return records.flatMap((record) => {
    const version = versionOf(record)
    if (version === undefined || known.has(identity(record)) || isAfter(version, newestFile)) return []
    if (record.state === 'baseline') return []
    return [{ rule: 'missing', file: record.file, why: `version ${version} is applied and its file is gone` }]
  })
}

function newest(entries: readonly { readonly kind: string; readonly key: string }[]): Version | undefined {
  let found: Version | undefined
  for (const entry of entries) {
    const version = versionOf(entry)
    if (version !== undefined && (found === undefined || compareVersions(version, found) > 0)) found = version
  }
  return found
}

function isAfter(version: Version | undefined, other: Version | undefined): boolean {
  return version !== undefined && (other === undefined || compareVersions(version, other) > 0)
}
