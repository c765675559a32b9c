import type { Version } from './version.ts'

/** What the name of a file says. A repeatable migration runs again whenever its content changes. */
export type FileName =
  | { readonly kind: 'versioned'; readonly version: Version; readonly name: string }
  | { readonly kind: 'repeatable'; readonly name: string }

/** A migration file of the folder. */
export type MigrationFile = {
  readonly kind: 'versioned' | 'repeatable'
  /** What tells it apart from all others of its kind: the version, or the name of a repeatable one. */
  readonly key: string
  readonly name: string
  /** Relative to the folder of migrations, with `/`. */
  readonly file: string
  /** To open it. */
  readonly path: string
  /** Whether Flyway's script configuration, the same name with `.conf`, lies beside it. */
  readonly hasConfig: boolean
  /** Its size. */
  readonly bytes: number
  readonly checksum: string
}

/** A file whose name claims a version or a repeatable migration, and which this tool cannot run: `00002_b.go`. */
export type UnrunFile = Pick<MigrationFile, 'kind' | 'key' | 'name' | 'file'>

/** What a folder of migrations holds. */
export type Folder = { readonly files: readonly MigrationFile[]; readonly unrun: readonly UnrunFile[] }

/** The file's version; repeatable migrations have none. */
export function versionOf(migration: { readonly kind: string; readonly key: string }): Version | undefined {
  return migration.kind === 'versioned' ? (migration.key as Version) : undefined
}

/** What makes a file and a row of the history the same migration. */
export function identity({ kind, key }: { readonly kind: string; readonly key: string }): string {
  return `${kind} ${key}`
}
