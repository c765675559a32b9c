import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildTools, root } from '@initbox/build'
import type { Client } from 'pg'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { type Database, start, useServer, write } from '../services/migrate-schema/database.ts'

const minutes = 60_000
const server = useServer()
const program = join(root, 'tools/migrate-schema/dist/migrate-schema.cjs')
useVolume()
beforeAll(() => buildTools(['migrate-schema']))
beforeEach(() => mkdirSync('migrations'))

/** Files that note in `log` that they ran; the first one makes it. */
function noting(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => index + 1)
  return Object.fromEntries(
    names.map((n) => [
      `${n}_t.sql`,
      `${n === 1 ? 'CREATE TABLE log (n int);' : ''} CREATE TABLE t${n} (); INSERT INTO log VALUES (${n})`,
    ]),
  )
}

const state = (db: Database): Promise<unknown[][]> =>
  db.rows(`SELECT (SELECT array_agg(n ORDER BY n) FROM log), array_agg(state) FROM migrate_schema_history`)

const done = (count: number): unknown[][] => [
  [Array.from({ length: count }, (_, index) => index + 1), Array.from({ length: count }, () => 'applied')],
]

test(
  '50 processes at once, 30 files, an index built concurrently under writes: each file once, all exit 0',
  { timeout: 5 * minutes },
  async () => {
    const db = await server.createDatabase()
    await db.rows(
      'CREATE TABLE big AS SELECT n AS id, n % 1000 AS kind FROM generate_series(1, 1000000) n; ALTER TABLE big ADD PRIMARY KEY (id)',
    )
    write({ ...noting(29), '30_index.sql': 'CREATE INDEX CONCURRENTLY big_kind ON big (kind)' })
    const writers = await load(db, 3, (client) =>
      client.query('UPDATE big SET kind = kind + 1 WHERE id = (random() * 999999)::int + 1'),
    )
    const runs = Array.from({ length: 50 }, (_, pod) => start(db.url, [], { program, pod: `pod-${pod}` }).ended)
    const failed = (await Promise.all(runs)).filter(({ code }) => code !== 0)
    expect(failed).toEqual([])
    expect(await writers.stop()).toEqual([])
    expect(await db.rows('SELECT array_agg(n ORDER BY n) FROM log')).toEqual([
      [Array.from({ length: 29 }, (_, index) => index + 1)],
    ])
    expect(await db.rows("SELECT count(*)::int FROM migrate_schema_history WHERE state = 'applied'")).toEqual([[30]])
    expect(await db.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_kind'::regclass")).toEqual([[true]])
  },
)

describe('kill -9 at random moments', () => {
  test(
    '200 times in files with a transaction: the next run always ends at the right schema',
    { timeout: 15 * minutes },
    async () => {
      const db = await server.createDatabase()
      write(noting(12))
      const whole = await duration(start(db.url, [], { program }).ended)
      let unfinished = 0
      for (let kill = 0; kill < 200; kill++) {
        await db.rows('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
        await killed(db, Math.random() * whole)
        if ((await db.migrate()).log.includes('applied')) unfinished++
        expect(await state(db)).toEqual(done(12))
      }
      expect(unfinished).toBeGreaterThan(20)
    },
  )

  test(
    '40 times in a file without: it goes on behind what is done, and builds the index again',
    { timeout: 5 * minutes },
    async () => {
      const db = await server.createDatabase()
      const inserts = Array.from({ length: 5 }, (_, n) => `INSERT INTO log VALUES (${n + 1});\nANALYZE log;`)
      const file = [
        '-- no-transaction',
        'CREATE TABLE log (n int);',
        ...inserts,
        'CREATE INDEX CONCURRENTLY log_n ON log (n);',
        'VACUUM log;',
      ]
      write({ '1_a.sql': file.join('\n') })
      const whole = await duration(start(db.url, [], { program }).ended)
      for (let kill = 0; kill < 40; kill++) {
        await db.rows('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
        await killed(db, Math.random() * whole)
        expect(await db.migrate()).toMatchObject({ code: 0 })
        expect(
          await db.rows(
            "SELECT array_agg(n ORDER BY n), (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'log'::regclass) FROM log",
          ),
        ).toEqual([[[1, 2, 3, 4, 5], true]])
      }
    },
  )
})

test('a long reader holds the table: short transactions never queue behind the ALTER, which gets through in the end', async () => {
  const db = await server.createDatabase()
  await db.rows(
    'CREATE TABLE accounts AS SELECT n AS id, 0 AS n FROM generate_series(1, 100) n; ALTER TABLE accounts ADD PRIMARY KEY (id)',
  )
  write({ '1_a.sql': 'ALTER TABLE accounts ADD COLUMN note text' })
  const reader = await db.connect()
  await reader.query('BEGIN; SELECT count(*) FROM accounts')
  // Each transaction would fail itself when it had to wait for five times the lock timeout of the migration.
  const short = await load(db, 4, async (client) => {
    await client.query("SET lock_timeout = '1s'; UPDATE accounts SET n = n + 1 WHERE id = (random() * 99)::int + 1")
    await sleep(40)
  })
  const run = start(db.url, ['--lock-timeout', '200ms'], { program })
  await sleep(4_000)
  await reader.query('COMMIT')
  await reader.end()
  const { code, log } = await run.ended
  expect([code, log]).toEqual([
    0,
    expect.stringMatching(/canceling statement due to lock timeout; trying again[\s\S]*applied 1_a\.sql/),
  ])
  expect(await short.stop()).toEqual([])
})

describe('SIGTERM', () => {
  test.each([
    ['in a transaction', 'CREATE TABLE a (); SELECT pg_sleep(60)'],
    ['without one', '-- no-transaction\nSELECT pg_sleep(60);\nCREATE TABLE a ();'],
  ])('%s: the statement is cancelled on the server, nothing of it stays, the lock is free', async (_, sql) => {
    const db = await server.createDatabase()
    write({ '1_a.sql': sql })
    const { child, ended } = start(db.url, [], { program })
    const sleeping =
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()"
    while ((await db.rows(sleeping)).length === 0) await sleep(20)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 143, log: expect.stringContaining('stopped by SIGTERM') })
    while ((await db.rows(sleeping)).length > 0) await sleep(20)
    expect(await db.rows("SELECT to_regclass('a')")).toEqual([[null]])
    write({ '1_a.sql': 'CREATE TABLE a ()' })
    expect(await db.migrate('--timeout', '5s')).toMatchObject({ code: 0 })
  })
})

test('the server ends the connection in the middle: the run begins again and ends well', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'CREATE TABLE a (); SELECT pg_sleep(1)', '2_b.sql': 'CREATE TABLE b ()' })
  const run = db.migrate()
  const victim =
    "FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1)%' AND state = 'active' AND pid <> pg_backend_pid()"
  while ((await db.rows(`SELECT pg_terminate_backend(pid) ${victim}`)).length === 0) await sleep(20)
  expect(await run).toMatchObject({ code: 0, log: expect.stringContaining('; beginning again') })
  expect(await db.rows('SELECT key, state FROM migrate_schema_history ORDER BY 1')).toEqual([['1', 'applied'], ['2', 'applied']]) // prettier-ignore
})

async function killed(db: Database, after: number): Promise<void> {
  const { child, ended } = start(db.url, [], { program })
  await sleep(after)
  child.kill('SIGKILL')
  await ended
}

async function duration(work: Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work
  return performance.now() - began
}

/** Sessions that do the same again and again until they are stopped; returns what went wrong. */
async function load(db: Database, sessions: number, work: (client: Client) => Promise<unknown>) {
  let stopped = false
  const failures: unknown[] = []
  const loops = Array.from({ length: sessions }, async () => {
    const client = await db.connect()
    while (!stopped) await work(client).catch((error: unknown) => failures.push(error))
    await client.end()
  })
  return {
    async stop(): Promise<unknown[]> {
      stopped = true
      await Promise.all(loops)
      return failures
    },
  }
}
