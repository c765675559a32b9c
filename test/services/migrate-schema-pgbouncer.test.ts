import { mkdirSync } from 'node:fs'
import { pgbouncer, startService, type Service } from '@initbox/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { type Database, database, start, useServer, write } from './migrate-schema/database.ts'

const server = useServer()
let pooler: Service<{ readonly url: string }> | undefined
useVolume()
beforeAll(async () => {
  pooler = await startService(pgbouncer, { environment: { UPSTREAM: `${server.service.address}:5432` } })
})
afterAll(() => pooler?.stop())
beforeEach(() => mkdirSync('migrations'))

/** A database, and the same one through the pooler. */
async function pooled(): Promise<{ direct: Database; through: Database }> {
  const direct = await server.createDatabase()
  return { direct, through: database((pooler?.url ?? '').replace(/\/app$/, `/${direct.name}`)) }
}

test('behind a transaction pool the lease keeps five runs apart, and no lock stays with a server connection', async () => {
  const { direct, through } = await pooled()
  write({
    '1_a.sql': 'CREATE TABLE a (n int); INSERT INTO a VALUES (1); SELECT pg_sleep(0.3)',
    '2_b.sql': 'CREATE INDEX CONCURRENTLY a_n ON a (n)',
    '3_c.sql': 'INSERT INTO a VALUES (3)',
  })
  const runs = Array.from(
    { length: 5 },
    (_, pod) => start(through.url, ['--lease-duration', '3s'], { pod: `pod-${pod}` }).ended,
  )
  const codes = (await Promise.all(runs)).map(({ code, log }) => (code === 0 ? 0 : log))
  expect(codes).toEqual([0, 0, 0, 0, 0])
  expect(await direct.rows('SELECT n FROM a ORDER BY 1')).toEqual([[1], [3]])
  expect(
    await direct.rows('SELECT count(*)::int, count(DISTINCT applied_by)::int FROM migrate_schema_history'),
  ).toEqual([[3, 1]])
  expect(await direct.rows("SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'")).toEqual([[0]])
})

test('a holder that was killed loses the lease when its time is over', async () => {
  const { direct, through } = await pooled()
  write({ '1_a.sql': 'CREATE TABLE a (); SELECT pg_sleep(30)' })
  const victim = start(through.url, ['--lease-duration', '2s'])
  await until(async () => (await direct.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()")).length > 0) // prettier-ignore
  victim.child.kill('SIGKILL')
  write({ '1_a.sql': 'CREATE TABLE a ()' })
  expect(await through.migrate('--lease-duration', '2s')).toMatchObject({ code: 0 })
  expect(await direct.rows('SELECT key, state FROM migrate_schema_history')).toEqual([['1', 'applied']])
})

test('SIGTERM gives the lease back at once', async () => {
  const { direct, through } = await pooled()
  write({ '1_a.sql': 'CREATE TABLE a (); SELECT pg_sleep(31)' })
  const { child, ended } = start(through.url, ['--lease-duration', '1h'])
  await until(
    async () =>
      (
        await direct.rows(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(31)%' AND state = 'active' AND pid <> pg_backend_pid()",
        )
      ).length > 0,
  )
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 143 })
  write({ '1_a.sql': 'CREATE TABLE a ()' })
  expect(await through.migrate('--timeout', '10s')).toMatchObject({ code: 0 })
})

test('a holder that another one took over from cannot commit', async () => {
  const { direct, through } = await pooled()
  write({ '1_a.sql': 'CREATE TABLE a (); SELECT pg_sleep(1.5)' })
  const slow = start(through.url)
  await until(
    async () =>
      (await direct.rows("SELECT 1 FROM pg_tables WHERE tablename = 'migrate_schema_history_lease'")).length > 0,
  )
  await until(async () => (await direct.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND state = 'active' AND pid <> pg_backend_pid()")).length > 0) // prettier-ignore
  await direct.rows(
    "UPDATE migrate_schema_history_lease SET token = token + 1, expires_at = clock_timestamp() + interval '2 s'",
  )
  const { code, log } = await slow.ended
  expect(log).toContain('the lease went to another run; beginning again')
  expect(code).toBe(0)
  expect(await direct.rows('SELECT key, state FROM migrate_schema_history')).toEqual([['1', 'applied']])
})

test('what is set for the session is refused, as it would not last', async () => {
  const { through } = await pooled()
  write({ '1_a.sql': "-- no-transaction\nSET work_mem = '5MB';\nSELECT 1" })
  expect(await through.migrate()).toMatchObject({
    code: 5,
    log: expect.stringContaining("1_a.sql:2: SET work_mem = '5MB' would not last behind a pooler"),
  })
})

test('settings for the session, which a pooler does not take, are a mistake in the configuration', async () => {
  const { through } = await pooled()
  write({ '1_a.sql': 'SELECT 1' })
  expect(await through.migrate('--url', `${through.url}?search_path=app`)).toMatchObject({
    code: 2,
    log: expect.stringContaining('unsupported startup parameter: options (hint: leave options and search_path out'),
  })
})

test('a statement outside a transaction is stopped when its time is over, and told what does not reach it', async () => {
  const { through } = await pooled()
  write({
    '1_a.sql':
      '-- no-transaction\n-- statement-timeout: 300ms\n-- lock-timeout: 1s\nDO $$ BEGIN PERFORM pg_sleep(60); COMMIT; END $$',
  })
  const { code, log } = await through.migrate()
  expect(code).toBe(5)
  expect(log).toContain(
    '1_a.sql:4: lock-timeout does not reach DO $$ BEGIN PERFORM pg_sleep(60); COMMIT; END $$ behind a pooler',
  )
  expect(log).toContain('canceling statement due to user request')
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    if (await condition().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not come to that within 20 s')
}
