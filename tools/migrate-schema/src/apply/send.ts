import type { Log } from '@initbox/core'
import { isConnectionLoss, isServerError, type Notice, type ServerError } from '@initbox/postgres'
import type { MigrationFile } from '../files/migration.ts'
import { explain } from '../files/mode.ts'
import type { CopyRows } from '../sql/statement.ts'
import type { ApplyRun } from './run.ts'
import { type Origin, StatementError } from './statement-error.ts'

/** A statement to be sent; without an origin it is one of our own. */
export type Item = { readonly text: string; readonly origin?: Origin }

/** How much SQL goes into one message: enough that round trips do not count, little enough for a small container. */
export const batchSize = 16 * 1024

const separator = ';\n'

type Way = Pick<ApplyRun, 'session' | 'log'>

/** Sends statements in order, as many as fit in one message each time, and says how many. Throws StatementError for what the server refuses. */
export async function sendAll(way: Way, items: Iterable<Item>, onSent: (count: number) => void): Promise<void> {
  let batch: Item[] = []
  let size = 0
  for (const item of items) {
    batch.push(item)
    size += item.text.length
    // The rows of COPY stand before the next statement in the file.
    if (size < batchSize && item.origin?.statement.rows === undefined) continue
    await send(way, batch)
    onSent(batch.length)
    batch = []
    size = 0
  }
  if (batch.length > 0) await send(way, batch)
}

/** Sends statements as one message; but one that has rows, or is so large that it should not be copied, goes alone. */
export async function send(way: Way, items: readonly Item[]): Promise<void> {
  const apart = items.findIndex(
    ({ text, origin }) => text.length > 4 * batchSize || origin?.statement.rows !== undefined,
  )
  if (apart < 0 || items.length === 1) return sendTogether(way, items)
  for (const part of [items.slice(0, apart), items.slice(apart, apart + 1), items.slice(apart + 1)]) {
    if (part.length > 0) await send(way, part)
  }
}

async function sendTogether({ session, log }: Way, items: readonly Item[]): Promise<void> {
  const origin = items[0]?.origin
  const rows = origin?.statement.rows && readable(origin.migration, origin.statement.rows)
  const onNotice = (notice: Notice, completed: number): void => tell(log, notice, items[completed]?.origin)
  try {
    await session.script(items.map(({ text }) => text).join(separator), { onNotice, ...(rows ? { rows } : {}) })
  } catch (error) {
    if (!isServerError(error) || isConnectionLoss(error)) throw error
    throw locate(error, items)
  }
}

/** The file is read while its rows are sent, and may turn out to be no text, or another one than before. */
function* readable(migration: MigrationFile, rows: CopyRows): Generator<Uint8Array> {
  try {
    yield* rows
  } catch (error) {
    throw explain(migration, error)
  }
}

/** What a migration raises: a WARNING is for whoever reads the log, a NOTICE for whoever looks closer. */
function tell(log: Log, { severity = 'NOTICE', message = '' }: Notice, origin: Origin | undefined): void {
  if (origin === undefined) return
  const text = `${origin.migration.file}:${origin.statement.line}: ${severity.toLowerCase()}: ${message}`
  if (severity === 'WARNING') log.info(text)
  else log.debug(text)
}

/** A position counts characters of the whole message; without one, the number of completed statements tells. */
function locate(error: ServerError & { readonly completed?: number }, items: readonly Item[]): StatementError {
  if (error.position === undefined) {
    const failed = items[error.completed ?? 0]
    return new StatementError(error, failed?.origin, undefined, failed?.text)
  }
  let rest = Number(error.position) - 1
  for (const { text, origin } of items) {
    const characters = countCharacters(text)
    if (rest <= characters) return new StatementError(error, origin, toOffset(text, rest), origin ? undefined : text)
    rest -= characters + separator.length
  }
  return new StatementError(error, items.at(-1)?.origin, undefined, undefined)
}

function countCharacters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}

function toOffset(text: string, characters: number): number {
  let offset = 0
  for (const character of text) {
    if (characters-- <= 0) break
    offset += character.length
  }
  return offset
}
