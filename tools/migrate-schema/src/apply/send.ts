import { isConnectionLoss, isServerError, type ServerError, type Session } from '@initbox/postgres'
import { type Origin, StatementError } from './statement-error.ts'

/** A statement to be sent; without an origin it is one of our own. */
export type Item = { readonly text: string; readonly origin?: Origin }

/** How much SQL goes into one message: enough that round trips do not count, little enough for a small container. */
export const batchSize = 16 * 1024

const separator = ';\n'

/** Sends statements in order, as many as fit in one message each time, and says how many. Throws StatementError for what the server refuses. */
export async function sendAll(session: Session, items: Iterable<Item>, onSent: (count: number) => void): Promise<void> {
  let batch: Item[] = []
  let size = 0
  for (const item of items) {
    batch.push(item)
    size += item.text.length
    if (size < batchSize) continue
    await send(session, batch)
    onSent(batch.length)
    batch = []
    size = 0
  }
  if (batch.length > 0) await send(session, batch)
}

/** Sends statements as one message; but one that is so large that it should not be copied goes alone. */
export async function send(session: Session, items: readonly Item[]): Promise<void> {
  const large = items.findIndex(({ text }) => text.length > 4 * batchSize)
  if (large < 0 || items.length === 1) return sendTogether(session, items)
  for (const part of [items.slice(0, large), items.slice(large, large + 1), items.slice(large + 1)]) {
    if (part.length > 0) await send(session, part)
  }
}

async function sendTogether(session: Session, items: readonly Item[]): Promise<void> {
  try {
    await session.script(items.map(({ text }) => text).join(separator))
  } catch (error) {
    if (!isServerError(error) || isConnectionLoss(error)) throw error
    throw locate(error, items)
  }
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
