import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '@initbox/build'
import { postgres18, serve } from '@initbox/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { database, useServer, write } from './migrate-schema/database.ts'

useVolume()
beforeEach(() => mkdirSync('migrations'))

const servers = [
  ['15', undefined],
  ['18', postgres18],
] as const

const history = 'SELECT key, state, done FROM migrate_schema_history ORDER BY started_at'

describe.each(servers)('PostgreSQL %s', (version, options) => {
  const server = useServer(options)

  test('is the server that answers', async () => {
    const db = await server.createDatabase()
    expect(await db.rows('SHOW server_version')).toEqual([[expect.stringMatching(new RegExp(`^${version}\\b`))]])
  })

  describe('up', () => {
    test.each([
      ['shop', 7, '7 migrations (V001__types_and_domains.sql to R__reports.sql)'],
      ['forum', 3, '3 migrations (20240101090000_people.sql to 20240103090000_votes.sql)'],
      ['metrics', 8, '8 migrations (000001_cpu.up.sql to 000008_queue.up.sql)'],
    ])('applies the schema %s once', async (schema, count, what) => {
      const db = await server.createDatabase()
      const dir = join(root, 'test/services/migrate-schema', schema)
      const first = await db.migrate('--dir', dir)
      expect(first).toMatchObject({ code: 0, log: expect.stringContaining(`applied ${what} in `) })
      const rows = await db.rows('SELECT state, applied_by, duration_ms >= 0 FROM migrate_schema_history')
      expect(rows).toEqual(Array.from({ length: count }, () => ['applied', 'test-pod', true]))
      expect(await db.migrate('--dir', dir)).toMatchObject({
        code: 0,
        log: expect.stringMatching(`^nothing to do: all ${count} migrations are applied`),
      })
    })

    test('nothing to do is two queries after the login, the catalogue and the history: no lock, and no other question', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1' })
      await db.migrate()
      const { hostname, port } = new URL(db.url)
      let sent = Buffer.alloc(0)
      const hungUp = Promise.withResolvers<void>()
      const tap = await serve((client) => {
        const upstream = connect(Number(port), hostname)
        client
          .on('data', (bytes: Buffer) => (sent = Buffer.concat([sent, bytes])))
          .once('end', () => hungUp.resolve())
          .pipe(upstream)
          .pipe(client)
      })
      expect(await db.migrate('--url', db.url.replace(`:${port}/`, `:${tap}/`))).toMatchObject({ code: 0 })
      await hungUp.promise
      const [, ...messages] = messageTypes(sent)
      expect(messages.join('')).toBe('ppQQX') // SCRAM, two simple queries, goodbye
    })

    test('a failure shows the place, applies nothing of the file, and keeps what came before', async () => {
      const db = await server.createDatabase()
      write({
        '1_a.sql': 'CREATE TABLE a (id int)',
        '2_b.sql': 'CREATE TABLE b (id int);\nALTER TABLE a\n  ADD COLUMN x intt;',
      })
      const { code, log } = await db.migrate()
      expect(code).toBe(5)
      expect(log).toContain('3 |   ADD COLUMN x intt\n    |                ^')
      expect(log).toContain(
        '2_b.sql:3:16: type "intt" does not exist (SQLSTATE 42704); nothing of this file was applied',
      )
      expect(await db.rows("SELECT key, to_regclass('b') FROM migrate_schema_history")).toEqual([['1', null]])
    })

    test('an error without a position is placed by counting statements', async () => {
      const db = await server.createDatabase()
      write({
        '1_a.sql': 'CREATE TABLE a (id int UNIQUE);\nINSERT INTO a VALUES (1);\n\nINSERT INTO a VALUES (1);\nSELECT 1',
      })
      expect((await db.migrate()).log).toContain(
        '1_a.sql:4:1: duplicate key value violates unique constraint "a_id_key"',
      )
    })

    test('a file without transaction goes on where it stopped, even when the failed statement was mended', async () => {
      const db = await server.createDatabase()
      const before = "-- no-transaction\nSET work_mem = '5MB';\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n"
      write({
        '1_a.sql': `${before}INSERT INTO nowhere VALUES (2);\nCREATE TABLE b AS SELECT current_setting('work_mem') AS mem;`,
      })
      const failed = await db.migrate()
      expect(failed.code).toBe(5)
      expect(failed.log).toContain(
        'statements 1 to 2 of this file are done and stay; the next run goes on with statement 3',
      )
      expect(await db.rows(history)).toEqual([['1', 'unfinished', 2]])
      write({
        '1_a.sql': `${before}INSERT INTO a VALUES (2);\nCREATE TABLE b AS SELECT current_setting('work_mem') AS mem;`,
      })
      expect(await db.migrate()).toMatchObject({ code: 0 })
      expect(await db.rows('SELECT id FROM a ORDER BY 1')).toEqual([[1], [2]])
      expect(await db.rows('SELECT mem FROM b')).toEqual([['5MB']])
      expect(await db.rows(history)).toEqual([['1', 'applied', 5]])
    })

    test('statements that are done must not be edited; repair says where to go on', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': '-- no-transaction\nCREATE TABLE a (id int);\nSELECT 1 / 0;\nCREATE TABLE b ();' })
      expect((await db.migrate()).code).toBe(5)
      write({ '1_a.sql': '-- no-transaction\nCREATE TABLE a (id bigint);\nSELECT 1;\nCREATE TABLE b ();' })
      expect(await db.migrate()).toMatchObject({
        code: 5,
        log: expect.stringContaining('rule changed: its first 1 statements are done'),
      })
      expect(await db.migrate('repair', '--resume-at', '3')).toMatchObject({ code: 0 })
      expect(await db.migrate()).toMatchObject({ code: 0 })
      expect(await db.rows(history)).toEqual([['1', 'applied', 3]])
    })

    test('one transaction for all, where that is wanted', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'CREATE TABLE a ()', '2_b.sql': 'CREATE TABLE b (); SELECT 1 / 0' })
      expect(await db.migrate('--single-transaction')).toMatchObject({
        code: 5,
        log: expect.stringContaining('nothing was applied'),
      })
      expect(await db.rows("SELECT to_regclass('a')")).toEqual([[null]])
      write({ '2_b.sql': 'CREATE TABLE b ()' })
      expect(await db.migrate('--single-transaction')).toMatchObject({ code: 0 })
      expect(await db.rows('SELECT count(DISTINCT xmin::text) FROM migrate_schema_history')).toEqual([['1']])
    })

    test('what a migration sets or becomes does not outlive it', async () => {
      const db = await server.createDatabase()
      await db.rows('CREATE ROLE nobody_special')
      write({
        '1_a.sql': "SET search_path = ''; SET ROLE nobody_special; SET statement_timeout = 50",
        '2_b.sql': 'CREATE TABLE b AS SELECT current_user AS who, pg_sleep(0.1)::text AS slept',
      })
      expect(await db.migrate()).toMatchObject({ code: 0 })
      expect(await db.rows('SELECT who FROM public.b')).toEqual([['initbox']])
    })

    test('repeatable files run again when they change, and not when a newer release has been here', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1', '2_b.sql': 'SELECT 1', 'R__v.sql': 'CREATE OR REPLACE VIEW v AS SELECT 1 AS n' })
      await db.migrate()
      write({ 'R__v.sql': 'CREATE OR REPLACE VIEW v AS SELECT 2 AS n' })
      expect(await db.migrate()).toMatchObject({ log: expect.stringContaining('applied R__v.sql') })
      expect(await db.rows('SELECT n FROM v')).toEqual([[2]])
      write({ 'R__w.sql': 'CREATE VIEW w AS SELECT 1 AS n' })
      expect(await db.migrate()).toMatchObject({ code: 0, log: expect.stringContaining('applied R__w.sql') })
      rmSync('migrations/2_b.sql')
      write({ 'R__v.sql': 'CREATE OR REPLACE VIEW v AS SELECT 1 AS n' })
      expect(await db.migrate()).toMatchObject({ code: 0, log: expect.stringContaining('the database is ahead by 1') })
      expect(await db.rows('SELECT n FROM v')).toEqual([[2]])
    })

    test('drift is exit 5 and names file and rule', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1', '3_c.sql': 'SELECT 3' })
      await db.migrate()
      write({ '1_a.sql': 'SELECT 2', '2_b.sql': 'SELECT 2' })
      const { code, log } = await db.migrate()
      expect(code).toBe(5)
      expect(log).toContain('1_a.sql: rule changed: its content is not what was applied')
      expect(log).toContain('2_b.sql: rule out-of-order: version 3 is already applied')
      expect(await db.migrate('repair')).toMatchObject({ log: 'accepted what is now in 1_a.sql' })
      expect(await db.migrate('--allow-out-of-order')).toMatchObject({
        code: 0,
        log: expect.stringContaining('applied 2_b.sql'),
      })
      renameSync('migrations/2_b.sql', 'b.sql')
      expect((await db.migrate()).log).toContain('2_b.sql: rule missing: version 2 is applied and its file is gone')
      expect(await db.migrate('repair', '2', '--forget')).toMatchObject({ code: 0 })
      expect(await db.migrate()).toMatchObject({ code: 0 })
    })

    test('an INVALID index of a failed try is named and dropped before the next', async () => {
      const db = await server.createDatabase()
      await db.rows('CREATE TABLE t AS SELECT n % 10 AS a FROM generate_series(1, 100) n')
      write({ '1_i.sql': 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "T a" ON t (a)' })
      expect(await db.migrate()).toMatchObject({
        code: 5,
        log: expect.stringContaining('could not create unique index "T a"'),
      })
      expect(await db.rows('SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE NOT indisvalid')).toEqual(
        [['"T a"', false]],
      )
      await db.rows('DELETE FROM t WHERE ctid NOT IN (SELECT min(ctid) FROM t GROUP BY a)')
      const { code, log } = await db.migrate()
      expect([code, log]).toEqual([
        0,
        expect.stringContaining('index public."T a" is INVALID, left by a failed try; dropping it'),
      ])
      expect(await db.rows("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass")).toEqual([[true]])
    })

    test('what a failed REINDEX CONCURRENTLY leaves is dropped before the next', async () => {
      const db = await server.createDatabase()
      await db.rows('CREATE TABLE t (a int, long text); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)')
      const reader = await db.connect()
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t')
      const invalid = 'SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE NOT indisvalid'
      write({ '1_i.sql': '-- statement-timeout: 300ms\nREINDEX (CONCURRENTLY) TABLE t' })
      expect(await db.migrate()).toMatchObject({ code: 5, log: expect.stringContaining('due to statement timeout') })
      expect(await db.rows(invalid)).toEqual(expect.arrayContaining([['i_ccnew']]))
      await reader.end()
      const { code, log } = await db.migrate()
      expect([code, log]).toEqual([0, expect.stringContaining('index public.i_ccnew is INVALID, left by a failed try')])
      expect(await db.rows(invalid)).toEqual([])
    })

    test('what it leaves in pg_toast stays until a superuser drops it, and stops nobody', async () => {
      const db = await server.createDatabase()
      await db.rows(
        `CREATE ROLE toaster LOGIN PASSWORD 'secret'; GRANT ALL ON DATABASE ${db.name} TO toaster; GRANT ALL ON SCHEMA public TO toaster`,
      )
      const own = database(db.url.replace(/\/\/[^@]*@/, '//toaster:secret@'))
      await own.rows('CREATE TABLE t (a int, long text); CREATE INDEX i ON t (a)')
      const reader = await own.connect()
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t')
      const invalid =
        'SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE NOT indisvalid ORDER BY 1'
      write({ '1_i.sql': '-- statement-timeout: 2s\nREINDEX (CONCURRENTLY) TABLE t' })
      expect(await own.migrate()).toMatchObject({ code: 5, log: expect.stringContaining('due to statement timeout') })
      const toast = expect.stringMatching(/^pg_toast_\d+_index_ccnew$/)
      expect(await db.rows(invalid)).toEqual([['i_ccnew'], [toast]])
      await reader.end()
      const { code, log } = await own.migrate()
      expect([code, log]).toEqual([
        0,
        expect.stringMatching(/index pg_toast\.\S+_ccnew stays until a superuser drops it/),
      ])
      expect(await db.rows(invalid)).toEqual([[toast]])
    })

    test('what a migration defers to COMMIT fails there, and is not taken for another run', async () => {
      const db = await server.createDatabase()
      const table = 'CREATE TABLE a (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)'
      write({ '1_a.sql': `${table}; INSERT INTO a VALUES (1), (1)` })
      const { code, log } = await db.migrate()
      expect(code).toBe(5)
      expect(log).toContain(
        '1_a.sql: at COMMIT: duplicate key value violates unique constraint "a_id_key" (SQLSTATE 23505)',
      )
      expect(log).toContain('nothing of this file was applied')
      write({ '1_a.sql': `-- no-transaction\n${table};\nINSERT INTO a VALUES (1), (1);` })
      expect(await db.migrate()).toMatchObject({
        code: 5,
        log: expect.stringMatching(/at COMMIT: .*statements 1 to 1 of this file are done and stay/),
      })
    })

    test('a single statement of several megabytes arrives whole', async () => {
      const db = await server.createDatabase()
      const text = "'é😀 and so on'"
      const values = Array.from({ length: 100_000 }, (_, id) => `(${id}, ${text})`).join(', ')
      write({ '1_a.sql': `CREATE TABLE a (id int, note text); INSERT INTO a VALUES ${values}; SELECT 1` })
      expect(await db.migrate()).toMatchObject({ code: 0 })
      expect(await db.rows(`SELECT count(*)::int FROM a WHERE note = ${text}`)).toEqual([[100_000]])
    })

    test('a table of that name that is no history is refused', async () => {
      const db = await server.createDatabase()
      await db.rows('CREATE TABLE migrate_schema_history (id int)')
      write({ '1_a.sql': 'SELECT 1' })
      expect(await db.migrate()).toMatchObject({
        code: 5,
        log: expect.stringContaining('the table "public"."migrate_schema_history" is not a history of migrate-schema'),
      })
    })

    test('drift of many files names the first and counts the rest', async () => {
      const db = await server.createDatabase()
      const files = (text: string) => Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`${n + 1}_a.sql`, text]))
      write(files('SELECT 1'))
      await db.migrate()
      write(files('SELECT 2'))
      const { log } = await db.migrate()
      expect(log).toContain('5_a.sql: rule changed: its content is not what was applied; and 3 more, see `status`')
    })

    test('a statement of which nobody knows whether it was done is not run again without a person', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': '-- no-transaction\nSELECT 1;\nCALL p();\nSELECT 2;' })
      await db.rows("CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; RAISE 'oops'; END $$")
      expect((await db.migrate()).code).toBe(5)
      const again = await db.migrate()
      expect(again).toMatchObject({
        code: 5,
        log: expect.stringContaining('statement 2 (CALL p()) was running when an earlier run ended'),
      })
      expect(await db.migrate('repair', '--resume-at', '3')).toMatchObject({ code: 0 })
      expect(await db.migrate()).toMatchObject({ code: 0 })
    })

    test('no permission is exit 3, no password and no such role too', async () => {
      const db = await server.createDatabase()
      await db.rows("CREATE ROLE reader LOGIN PASSWORD 'pw'")
      write({ '1_a.sql': 'CREATE TABLE public.a ()' })
      expect(await db.migrate('--url', db.url.replace('initbox:secret', 'reader:pw'))).toMatchObject({ code: 3 })
      const wrong = await db.migrate('--url', db.url.replace('initbox:secret', 'reader:wrong'))
      expect(wrong).toMatchObject({
        code: 3,
        log: expect.stringContaining('password authentication failed for user "reader"'),
      })
      expect(wrong.log).not.toContain('wrong')
    })
  })

  describe('histories of other tools', () => {
    const files = { '1_a.sql': 'CREATE TABLE a ()', '2_b.sql': 'CREATE TABLE b ()', '3_c.sql': 'CREATE TABLE c ()' }

    test.each([
      [
        'golang-migrate',
        'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (2, false)',
      ],
      [
        'dbmate',
        "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1'), ('2')",
      ],
      [
        'goose',
        `CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
       INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (3, true), (3, false)`,
      ],
      [
        'flyway',
        `CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200), type varchar(20),
         script varchar(1000), checksum int, installed_by varchar(100), installed_on timestamp DEFAULT now(), execution_time int, success boolean);
       INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum, success) VALUES
         (1, '1', 'a', 'SQL', 'V1__a.sql', -519676901, true), (2, '2', 'b', 'SQL', 'V2__b.sql', -206310411, true)`,
      ],
    ])('%s: never passed by silently, taken over by baseline', async (peer, sql) => {
      const db = await server.createDatabase()
      write(files)
      await db.rows(sql)
      expect(await db.migrate()).toMatchObject({
        code: 5,
        log: expect.stringContaining(`schema public has a history of ${peer}`),
      })
      expect(await db.migrate('baseline', '--from', peer)).toMatchObject({ code: 0 })
      expect(await db.migrate()).toMatchObject({ code: 0, log: expect.stringMatching(/^applied 3_c\.sql in/) })
      expect(await db.rows("SELECT to_regclass('a'), to_regclass('c')")).toEqual([[null, 'c']])
    })

    test('up takes a history over by itself where it is told to', async () => {
      const db = await server.createDatabase()
      write(files)
      await db.rows(
        'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (2, false)',
      )
      expect(await db.migrate('--from', 'golang-migrate')).toMatchObject({ code: 0 })
      expect((await db.rows(history)).map(([key, state]) => [key, state])).toEqual([['1', 'baseline'], ['2', 'baseline'], ['3', 'applied']]) // prettier-ignore
    })

    test('a dirty one needs a word from a person', async () => {
      const db = await server.createDatabase()
      write(files)
      await db.rows(
        'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (2, true)',
      )
      expect(await db.migrate('baseline', '--from', 'golang-migrate')).toMatchObject({
        code: 5,
        log: expect.stringContaining('dirty at version 2'),
      })
      expect(await db.migrate('baseline', '1')).toMatchObject({ code: 0 })
    })
  })

  describe('wait, status, plan, validate', () => {
    test('wait ends when another Pod has applied everything, and writes nothing', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT pg_sleep(0.3)', '2_b.sql': 'SELECT 1' })
      const waiting = db.migrate('wait')
      await sleep(200)
      expect(await db.rows("SELECT to_regclass('migrate_schema_history')")).toEqual([[null]])
      expect(await db.migrate()).toMatchObject({ code: 0 })
      expect(await waiting).toMatchObject({
        code: 0,
        log: expect.stringContaining('the schema is ready: all 2 migrations are applied'),
      })
    })

    test('wait gives up with the reason', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1' })
      expect(await db.migrate('wait', '--timeout', '300ms')).toMatchObject({
        code: 124,
        log: expect.stringContaining('1 of 1 migrations are not applied, next is 1_a.sql'),
      })
    })

    test('status shows files and history side by side', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1', 'R__v.sql': 'SELECT 1' })
      await db.migrate()
      write({ '2_b.sql': 'SELECT 1' })
      const { output } = await db.process('status', '--format', 'json')
      expect(JSON.parse(output)).toMatchObject([
        { version: '1', state: 'applied', appliedBy: 'test-pod' },
        { version: '2', state: 'pending', startedAt: null },
        { version: null, name: 'v', state: 'applied' },
      ])
      expect((await db.process('status')).output.split('\n').slice(0, 2).map((line) => line.split(/ {2,}/)[2])).toEqual(['state', 'applied']) // prettier-ignore
    })

    test('plan tells what would run, and remarks, and changes nothing', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'CREATE INDEX i ON t (a)' })
      const { code, output } = await db.process('plan')
      expect(code).toBe(0)
      expect(output).toContain('1_a.sql: 1 statement, in a transaction\n  line 1: index-blocks-writes: ')
      expect(await db.rows("SELECT to_regclass('migrate_schema_history')")).toEqual([[null]])
    })

    test('validate finds every file that is not well-formed', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1', '2_b.sql': '\\connect x', '3_c.sql': 'BEGIN; SELECT 1' })
      const { code, log } = await db.migrate('validate')
      expect([code, log]).toEqual([
        5,
        expect.stringMatching(/2_b\.sql:1:1: \\connect .*; 3_c\.sql:1:1: BEGIN is not followed by COMMIT/),
      ])
    })
  })

  describe('not yet', () => {
    test('a read-only server, such as a standby: before the first migration and later; nothing to do is done all the same', async () => {
      const db = await server.createDatabase()
      const readOnly = `${db.url}?options=-c%20default_transaction_read_only%3Don&connection_limit=5`
      const refused = { code: 124, log: expect.stringContaining('the server is read-only: a standby, or in recovery') }
      write({ '1_a.sql': 'SELECT 1' })
      expect(await db.migrate('--url', readOnly, '--timeout', '2s')).toMatchObject(refused)
      await db.migrate()
      const done = await db.migrate('--url', readOnly)
      expect(done).toMatchObject({ code: 0, log: expect.stringContaining('nothing to do') })
      expect(done.log).toContain('warning: --url: connection_limit means nothing here')
      write({ '2_b.sql': 'SELECT 2' })
      const late = await db.migrate('--url', readOnly, '--timeout', '300ms')
      expect(late).toMatchObject(refused)
      expect(late.log).toContain('error: gave up after 300 ms: the server is read-only')
    })

    test('a lock that another run keeps: who has it, while it waits and when it gives up', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1' })
      const holder = await db.connect()
      const scope = 'migrate-schema "public"."migrate_schema_history"'
      await holder.query(`SET application_name = 'migrate-schema web-1'`)
      await holder.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [scope])
      const { code, log } = await db.migrate('--timeout', '1s')
      const who = /held by migrate-schema web-1 \(pid \d+\)/.source
      expect(code).toBe(124)
      expect(log).toMatch(
        new RegExp(
          `^waiting for the advisory lock, ${who}\nerror: gave up after 1 s: the advisory lock is still ${who}$`,
        ),
      )
      await holder.end()
      expect(await db.migrate()).toMatchObject({ code: 0 })
    })

    test('a table that stays locked is tried as often as the file says', async () => {
      const db = await server.createDatabase()
      await db.rows('CREATE TABLE t ()')
      const reader = await db.connect()
      await reader.query('BEGIN; SELECT * FROM t')
      write({ '1_a.sql': '-- retry: 2\n-- lock-timeout: 50ms\nALTER TABLE t ADD COLUMN a int' })
      const { code, log } = await db.migrate()
      await reader.end()
      expect(code).toBe(124)
      expect(log).toMatch(
        /^1_a\.sql: .* due to lock timeout; trying again in .*\nerror: 1_a\.sql: .*; gave up after 2 tries/,
      )
    })

    test('a database that is not there yet, and a server that is out of connections', async () => {
      const db = await server.createDatabase()
      write({ '1_a.sql': 'SELECT 1' })
      const late = `${db.name}_late`
      const run = db.migrate('--url', db.url.replace(db.name, late))
      await sleep(300)
      await db.rows(`CREATE DATABASE ${late} CONNECTION LIMIT 0`)
      await db.rows("CREATE ROLE plain LOGIN PASSWORD 'pw'")
      const full = db.migrate(
        '--url',
        db.url.replace('initbox:secret', 'plain:pw').replace(db.name, late),
        '--timeout',
        '700ms',
      )
      expect(await run).toMatchObject({ code: 0, log: expect.stringContaining('the database is not there yet') })
      expect(await full).toMatchObject({ code: 124, log: expect.stringContaining('the server is out of connections') })
    })
  })
})

/** The types of a client's messages; the first, the startup message, has none (docs: protocol-message-formats). */
function messageTypes(bytes: Buffer): string[] {
  const types: string[] = []
  for (let at = 0; at < bytes.length;) {
    const typed = at > 0
    types.push(typed ? bytes.toString('latin1', at, at + 1) : '')
    at += bytes.readInt32BE(typed ? at + 1 : at) + (typed ? 1 : 0)
  }
  return types
}
