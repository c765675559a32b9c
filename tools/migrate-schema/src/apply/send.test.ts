import { useVolume } from '@initbox/testing/volume'
import { expect, test } from 'vitest'
import { ConnectionLost } from '@initbox/postgres'
import { FakeDatabase, serverError } from '../testing/fake-database.ts'
import { ready } from '../testing/ready.ts'
import { batchSize, type Item, send, sendAll } from './send.ts'
import { explain, StatementError } from './statement-error.ts'

useVolume()

/** The statements of a file, with where they are from. */
function itemsOf(sql: string): Item[] {
  const { migration, statements } = ready(sql)
  return [...statements()].map((statement) => ({ text: statement.text, origin: { migration, statement } }))
}

/** What the person on call reads. */
async function messageOf(sent: Promise<void>): Promise<string> {
  const error: unknown = await sent.catch((reason: unknown) => reason)
  if (!(error instanceof StatementError)) throw error
  return explain(error, 'the files', 'nothing').message
}

test('a message holds about as much as a round trip is worth, in order, and what is sent is counted', async () => {
  const database = new FakeDatabase()
  const texts = Array.from({ length: 10 }, (_, at) => `SELECT ${at}, '${'x'.repeat(batchSize / 4)}'`)
  let count = 0
  await sendAll(database.run(), itemsOf(texts.join(';\n')), (sent) => (count += sent))
  expect(database.kept).toEqual(texts)
  expect(database.messages.length).toBe(3)
  expect(count).toBe(8) // The rest is with the last message, after which nobody asks.
})

test('a statement that is very large, or has rows, goes alone', async () => {
  const database = new FakeDatabase()
  const large = `SELECT '${'x'.repeat(5 * batchSize)}'`
  await send(database.run(), itemsOf(`SELECT 1;\n${large};\nSELECT 2;\nCOPY t FROM stdin;\n1\n\\.\nSELECT 3;`))
  expect(database.messages).toEqual(['SELECT 1', large, 'SELECT 2', 'COPY t FROM stdin', 'SELECT 3'])
})

test('the server says the place in characters of the message, we say it in lines and columns of the file', async () => {
  const database = new FakeDatabase()
  const sql = "SELECT '🐘🐘';\nSELECT\n  '🐘', b;"
  const sent = "SELECT '🐘🐘';\nSELECT\n  '🐘', b"
  const position = String(Array.from(sent.slice(0, sent.indexOf('b'))).length + 1)
  database.fail = (statement) => (statement.endsWith('b') ? serverError('42703', { position }) : undefined)
  // Columns are UTF-16 units, as editors count them.
  expect(await messageOf(send(database.run(), itemsOf(sql)))).toMatch(/^001_a\.sql:3:9: error 42703/)
})

test('without a place, the number of completed statements tells which it was', async () => {
  const database = new FakeDatabase()
  database.fail = (statement) => (statement === 'SELECT 3' ? serverError('23505') : undefined)
  expect(await messageOf(send(database.run(), itemsOf('SELECT 1;\nSELECT 2;\n  SELECT 3;')))).toMatch(
    /^001_a\.sql:3:3: error 23505/,
  )
})

test('of the rows of COPY the server says which it was', async () => {
  const database = new FakeDatabase()
  const where = 'COPY t, line 2, column a: "x"'
  database.fail = (statement) => (statement.startsWith('COPY') ? serverError('22P02', { where }) : undefined)
  expect(await messageOf(send(database.run(), itemsOf('SELECT 1;\nCOPY t FROM stdin;\n1\nx\n\\.\n')))).toMatch(
    /^001_a\.sql:4:1: error 22P02/,
  )
})

test('a broken connection is nobody’s statement', async () => {
  const database = new FakeDatabase()
  for (const lost of [new ConnectionLost('gone'), serverError('57P01')]) {
    database.fail = () => lost
    await expect(send(database.run(), itemsOf('SELECT 1'))).rejects.toBe(lost)
  }
})
