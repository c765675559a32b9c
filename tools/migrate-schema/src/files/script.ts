import { readText as readWholeText } from '@initbox/core'
import { dbmate } from '../layouts/dbmate.ts'
import { goose } from '../layouts/goose.ts'
import { type Marks, UpSection } from '../layouts/section.ts'
import { sqlMigrate } from '../layouts/sql-migrate.ts'
import { Splitter } from '../sql/splitter.ts'
import { type Part, type Statement, withRows } from '../sql/statement.ts'
import { Checksum } from './checksum.ts'
import { type Directives, readDirectives } from './directives.ts'
import type { MigrationFile } from './migration.ts'
import { readPieces } from './piece.ts'
import { fillIn, type Placeholders } from './placeholders.ts'

/** What a file says about how to run it; marks and directives count within its first 64 KiB. */
export type Script = Directives & { readonly marks: Marks | undefined }

/** How the statements of all files are to be read. */
export type Reading = {
  readonly placeholders: Placeholders
  /** In characters: a statement is held in memory whole. */
  readonly maxStatementSize: number
}

/** Reads the directives of a file in any layout. Throws an Error for one that cannot be followed. */
export function readScript({ path, hasConfig }: MigrationFile): Script {
  const [head = ''] = readText(path)
  const lines = head.split(/\r?\n/)
  const marks = [goose, dbmate, sqlMigrate].find(({ any }) => lines.some((line) => any.test(line)))
  const refused = marks?.refused
  if (refused !== undefined && lines.some((line) => refused[0].test(line))) throw new Error(refused[1])
  const directives = readDirectives(lines)
  const marked = marks !== undefined && lines.some((line) => marks.noTransaction.test(line))
  return {
    ...directives,
    noTransaction: directives.noTransaction || marked || (hasConfig && flywaySaysSo(path)),
    marks,
  }
}

/**
 * The statements of a file, placeholders filled in but not in the rows of COPY. Throws SqlSyntaxError, an Error for marks out of order, and at the end
 * one where the file is no longer what its checksum says: the kubelet brings a changed ConfigMap into a running Pod.
 */
export function* readStatements(
  { path, checksum }: MigrationFile,
  { marks }: Script,
  { placeholders, maxStatementSize }: Reading,
): Generator<Statement> {
  for (const statement of withRows(readParts(path, checksum, marks, new Splitter(maxStatementSize)))) {
    yield fillIn(statement, placeholders)
  }
}

function* readParts(path: string, checksum: string, marks: Marks | undefined, splitter: Splitter): Generator<Part> {
  const section = marks === undefined ? undefined : new UpSection(marks)
  const sum = new Checksum()
  for (const text of readText(path, { sum, size: oneMessage }))
    yield* splitter.push(section === undefined ? text : section.push(text))
  if (sum.digest() !== checksum) throw new Error('has changed while it was being read; run again')
  if (section !== undefined) yield* splitter.push(section.end())
  yield* splitter.end()
}

/**
 * About what goes out in one message, so that a text is let go before two collections of young memory have found it in use;
 * larger ones were moved to the old memory one by one, where nothing takes them out for as long as 30 MB fit.
 */
const oneMessage = 16 * 1024

function* readText(path: string, { sum, size }: { sum?: Checksum; size?: number } = {}): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (const piece of readPieces(path, size)) {
      sum?.update(piece)
      // PostgreSQL would take a NUL for the end of the message.
      if (piece.includes(0)) throw new TypeError('NUL')
      yield decoder.decode(piece, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new Error('is not UTF-8 text', { cause: error })
    throw error
  }
}

/** Flyway's script configuration: `V1__x.sql.conf` beside `V1__x.sql` with `executeInTransaction=false`. */
function flywaySaysSo(path: string): boolean {
  return /^\s*executeInTransaction\s*=\s*false\s*$/m.test(readWholeText(`${path}.conf`, { limit: 64 * 1024 }))
}
