import { type Context, Deadline, type Secret } from '@initbox/core'
import {
  asToolError,
  connectionSettings,
  openSession,
  parseConnectionUrl,
  type RowBatch,
  rows,
} from '@initbox/postgres'

export type QuerySettings = {
  readonly query: string
  readonly password: Secret | undefined
  readonly timeout: number
  readonly attemptTimeout: number
}

/** The rows of a query as lines of JSON, each an object of texts as the server writes them, in constant memory. */
export async function* rowLines(
  url: string,
  { query, password, timeout, attemptTimeout }: QuerySettings,
  context: Context,
): AsyncGenerator<Buffer> {
  const options = { url: parseConnectionUrl(url), password, connectTimeout: attemptTimeout }
  const whose = { applicationName: 'warm-redis', passwordVariables: 'WARM_REDIS_PG_PASSWORD or PGPASSWORD' }
  const session = await openSession(
    connectionSettings(options, whose, context),
    new Deadline(timeout, context.clock),
    context,
  )
  try {
    for await (const batch of rows(session, query)) yield Buffer.from(linesOf(batch))
  } catch (error) {
    throw asToolError(error, '--query')
  } finally {
    session.end()
  }
}

/** Numbers of a time to live stay numbers; anything else is text. */
function linesOf({ columns, rows: batch }: RowBatch): string {
  const names = columns.map((name) => JSON.stringify(name))
  const isNumber = columns.map((name) => name === 'ttl')
  return batch
    .map((row) => {
      const members = row.map(
        (cell, index) => `${names[index]}:${isNumber[index] && cell !== null ? cell : JSON.stringify(cell)}`,
      )
      return `{${members.join(',')}}\n`
    })
    .join('')
}
