import { type Context, NotFoundError, UsageError, type Values, version } from '@initbox/core'
import { connectionOf } from './connection.ts'
import { readFolder } from './files/folder.ts'
import type { Folder, MigrationFile } from './files/migration.ts'
import type { Placeholders } from './files/placeholders.ts'
import type { Reading } from './files/script.ts'
import { type Applier, parseTableName, type TableName } from './history/table.ts'
import type { options } from './options.ts'
import type { ConnectionSettings } from '@initbox/postgres'

/** What every command works on, read and checked before anything is connected. */
export type Job = {
  readonly options: Values<typeof options>
  readonly context: Context
  readonly folder: Folder
  readonly files: readonly MigrationFile[]
  readonly reading: Reading
  readonly history: TableName
  readonly by: Applier
  /** Where the database is; throws a UsageError when nothing says so, as `validate` does not need to know. */
  readonly connection: () => ConnectionSettings
}

/** Reads folder and options into a job. Throws NotFoundError for a folder without migrations: most likely the wrong one. */
export function prepare(given: Values<typeof options>, context: Context): Job {
  let settings: ConnectionSettings | undefined
  const pod = context.environment.POD_NAME || context.environment.HOSTNAME || 'unknown'
  const folder = readFolder(given.dir, given.ignore)
  if (folder.files.length === 0 && folder.unrun.length === 0) {
    throw new NotFoundError(`no migrations in ${given.dir}`, {
      hint: 'a wrong --dir or an empty mount would look like this',
    })
  }
  return {
    options: given,
    context,
    folder,
    files: folder.files,
    reading: { placeholders: readPlaceholders(given.var), maxStatementSize: given.maxStatementSize },
    history: parseTableName(given.historyTable),
    by: { pod, version },
    connection: () => (settings ??= connectionOf(given, context, pod)),
  }
}

function readPlaceholders(entries: readonly string[]): Placeholders {
  return new Map(
    entries.map((entry) => {
      const at = entry.indexOf('=')
      if (at <= 0) throw new UsageError(`--var '${entry}' is not name=value`)
      return [entry.slice(0, at), entry.slice(at + 1)]
    }),
  )
}
