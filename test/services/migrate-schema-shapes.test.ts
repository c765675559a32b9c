import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@initbox/build'
import { useVolume } from '@initbox/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Database, useServer, write } from './migrate-schema/database.ts'

// Each folder of `shapes` is small and has the shape of what a public project, or a bug report, showed.
const shape = (name: string): string => join(root, 'test/services/migrate-schema/shapes', name)

useVolume()
beforeEach(() => mkdirSync('migrations'))
const server = useServer()

const history = 'SELECT key, state FROM migrate_schema_history ORDER BY length(key), key'

/** A role of its own, since what it finds without naming a schema belongs to the role; returns the URL to log in as it. */
async function withRole(db: Database, role: string): Promise<string> {
  await db.rows(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'pw'`)
  return db.url.replace('initbox:secret', `${role}:pw`)
}

describe('where the history is does not depend on what a migration sets', () => {
  test('a migration that changes the search path of its role is not applied again', async () => {
    const db = await server.createDatabase()
    const url = await withRole(db, 'mover')
    const up = () => db.migrate('--url', url, '--dir', shape('search-path'))
    expect(await up()).toMatchObject({ code: 0, log: expect.stringContaining('applied 2 migrations') })
    const again = await up()
    expect(again).toMatchObject({
      code: 0,
      log: expect.stringContaining('nothing to do: all 2 migrations are applied'),
    })
    expect(again.log).toContain('the history is "public"."migrate_schema_history", where an earlier run began it')
    for (const command of ['status', 'wait', 'validate', 'plan']) {
      expect(await db.migrate(command, '--url', url, '--dir', shape('search-path'))).toMatchObject({ code: 0 })
    }
    expect(await db.rows("SELECT schemaname FROM pg_tables WHERE tablename = 'migrate_schema_history'")).toEqual([['public']]) // prettier-ignore
  })

  test('two that hold migrations of the folder are refused, both named; the option says which', async () => {
    const db = await server.createDatabase()
    write({ '1_a.sql': 'CREATE SCHEMA app' })
    await db.migrate()
    await db.rows('CREATE TABLE app.migrate_schema_history AS SELECT * FROM migrate_schema_history')
    const { code, log } = await db.migrate()
    expect(code).toBe(5)
    expect(log).toContain('"public"."migrate_schema_history" and "app"."migrate_schema_history" both hold migrations')
    expect(await db.migrate('--history-table', 'app.migrate_schema_history')).toMatchObject({ code: 0 })
  })

  test('two services with schemas of their own in one database go on working', async () => {
    const db = await server.createDatabase()
    await db.rows('CREATE SCHEMA a; CREATE SCHEMA b')
    for (const schema of ['a', 'b', 'a', 'b']) {
      // They have one file in common, as many have.
      mkdirSync(schema, { recursive: true })
      writeFileSync(`${schema}/1_common.sql`, 'CREATE TABLE common (id int)')
      writeFileSync(`${schema}/2_own.sql`, `CREATE TABLE of_${schema} (id int)`)
      const place = schema === 'b' ? ['--history-table', 'b.migrate_schema_history'] : []
      const url = `${db.url}?search_path=${schema}`
      expect(await db.migrate('--url', url, '--dir', schema, ...place)).toMatchObject({ code: 0 })
    }
    const found = await db.rows(
      "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('a', 'b') ORDER BY 1, 2",
    )
    expect(found).toEqual([
      ['a', 'common'],
      ['a', 'migrate_schema_history'],
      ['a', 'of_a'],
      ['b', 'common'],
      ['b', 'migrate_schema_history'],
      ['b', 'of_b'],
    ])
  })

  test('services with nothing in common need say nothing', async () => {
    const db = await server.createDatabase()
    await db.rows('CREATE SCHEMA a; CREATE SCHEMA b')
    for (const schema of ['a', 'b', 'a', 'b']) {
      mkdirSync(schema, { recursive: true })
      writeFileSync(`${schema}/1_init.sql`, `CREATE TABLE of_${schema} (id int)`)
      expect(await db.migrate('--url', `${db.url}?search_path=${schema}`, '--dir', schema)).toMatchObject({ code: 0 })
    }
    expect(await db.rows("SELECT count(*)::int FROM pg_tables WHERE tablename = 'migrate_schema_history'")).toEqual([[2]]) // prettier-ignore
  })

  test('a place that cannot be made leaves nothing behind', async () => {
    const db = await server.createDatabase()
    await db.rows("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'pw'")
    write({ '1_a.sql': 'CREATE TABLE a ()' })
    const url = db.url.replace('initbox:secret', 'guest:pw')
    expect(await db.migrate('--url', url)).toMatchObject({ code: 3 })
    expect(await db.migrate('--history-table', 'nowhere.history')).toMatchObject({ code: 5 })
    expect(await db.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([])
  })
})

describe('files that are no SQL', () => {
  test('are never passed over without a word, unless they are applied or ignored', async () => {
    const db = await server.createDatabase()
    const migrate = (...argv: string[]) => db.migrate(...argv, '--dir', shape('code'))
    for (const command of ['up', 'plan', 'validate']) {
      expect(await migrate(command)).toMatchObject({
        code: 5,
        log: expect.stringContaining('00002_fill_names.go: rule not-run'),
      })
    }
    expect(await db.rows("SELECT to_regclass('accounts')")).toEqual([[null]])
    await db.rows(`CREATE TABLE accounts (id int PRIMARY KEY, name text);
      CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true)`)
    expect(await migrate('status')).toMatchObject({
      log: expect.stringContaining(
        'there is a history of goose, of which `baseline --from goose` would take over 2 migrations',
      ),
    })
    expect(await migrate('plan', '--from', 'goose')).toMatchObject({
      code: 0,
      log: expect.stringContaining('1 pending'),
    })
    expect(await migrate('--from', 'goose')).toMatchObject({ code: 0, log: expect.stringContaining('applied 00003') })
    expect(await db.rows(history)).toEqual([['1', 'baseline'], ['2', 'baseline'], ['3', 'applied']]) // prettier-ignore
    expect(await migrate()).toMatchObject({ code: 0 })
  })

  test('--ignore names them', async () => {
    const db = await server.createDatabase()
    expect(await db.migrate('--dir', shape('code'), '--ignore', '*.go')).toMatchObject({ code: 0 })
  })
})

describe('transactions of its own', () => {
  test('a file runs as its author wrote it, and goes on behind what it committed', async () => {
    const db = await server.createDatabase()
    const { code, log } = await db.migrate('--dir', shape('own-transactions'))
    expect([code, log]).toEqual([0, expect.stringContaining('000001_init.up.sql has transactions of its own')])
    expect(await db.rows('SELECT level, (SELECT count(*)::int FROM items), (SELECT tag FROM tags) FROM levels')).toEqual([['serializable', 9, 'one']]) // prettier-ignore
    expect(await db.rows("SELECT count(*)::int FROM pg_index WHERE indexrelid::regclass::text IN ('items_kind', 'tags_tag') AND indisvalid")).toEqual([[2]]) // prettier-ignore
  })

  test('what is committed is in the history with it, and what failed is in neither', async () => {
    const db = await server.createDatabase()
    const file = (last: string) =>
      `BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\nBEGIN;\nINSERT INTO a VALUES (1);\n${last};\nCOMMIT;\n`
    write({ '1_a.sql': file('SELECT 1 / 0') })
    expect(await db.migrate()).toMatchObject({
      code: 5,
      log: expect.stringContaining(
        '1_a.sql:6:1: division by zero (SQLSTATE 22012); statements 1 to 3 of this file are done',
      ),
    })
    expect(await db.rows('SELECT state, done, (SELECT count(*)::int FROM a) FROM migrate_schema_history')).toEqual([['unfinished', 3, 0]]) // prettier-ignore
    write({ '1_a.sql': file('SELECT 1 / 1') })
    expect(await db.migrate()).toMatchObject({ code: 0 })
    expect(await db.rows('SELECT state, done, (SELECT count(*)::int FROM a) FROM migrate_schema_history')).toEqual([['applied', 7, 1]]) // prettier-ignore
  })

  test('files that another tool has applied are not judged', async () => {
    const db = await server.createDatabase()
    write({ '1_a.up.sql': 'BEGIN; SELECT 1; COMMIT AND CHAIN; COMMIT', '2_b.up.sql': 'CREATE TABLE b ()' })
    await db.rows(
      'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (1, false)',
    )
    expect(await db.migrate()).toMatchObject({ log: expect.stringContaining('take it over with `baseline --from') })
    expect(await db.migrate('plan', '--from', 'golang-migrate')).toMatchObject({ code: 0 })
    expect(await db.migrate('--from', 'golang-migrate')).toMatchObject({ code: 0 })
    expect(await db.migrate('validate', '--url', db.url)).toMatchObject({ code: 0 })
  })
})

test('a file that ran in steps and now wants a transaction is refused once something of it is done', async () => {
  const db = await server.createDatabase()
  const file = (statement: string) => `CREATE TABLE a (id int);\n${statement};\nCREATE TABLE b ();\n`
  write({ '1_a.sql': `-- no-transaction\n${file('SELECT 1 / 0')}` })
  expect(await db.migrate()).toMatchObject({ code: 5 })
  write({ '1_a.sql': file('SELECT 1') })
  const { code, log } = await db.migrate()
  expect([code, log]).toEqual([5, expect.stringContaining('1 of its statements were done without a transaction')])
  expect(await db.rows("SELECT state, done, to_regclass('b') FROM migrate_schema_history")).toEqual([['unfinished', 1, null]]) // prettier-ignore
})

test('one of which nothing is done may do so', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': '-- no-transaction\nSELECT 1 / 0;\nCREATE TABLE b ();\n' })
  expect(await db.migrate()).toMatchObject({ code: 5 })
  write({ '1_a.sql': 'SELECT 1;\nCREATE TABLE b ();\n' })
  expect(await db.migrate()).toMatchObject({ code: 0 })
  expect(await db.rows("SELECT state, to_regclass('b')::text FROM migrate_schema_history")).toEqual([['applied', 'b']])
})

test('what pg_dump writes, with its rows and the lines for psql', async () => {
  const db = await server.createDatabase()
  expect(await db.migrate('--dir', shape('pg-dump'))).toMatchObject({ code: 0 })
  expect(await db.rows('SELECT * FROM cities ORDER BY id')).toEqual([
    [1, 'Zürich', "it's; -- not a comment"],
    [2, null, '$$ ('],
    [3, 'a\tb', '\\.'],
  ])
})

test('a row that COPY does not take is placed in the file, and nothing of it stays', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'CREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\nnone\n\\.\n' })
  const { code, log } = await db.migrate()
  expect([code, log]).toEqual([
    5,
    expect.stringContaining('1_a.sql:4:1: invalid input syntax for type integer: "none"'),
  ])
  expect(await db.rows("SELECT to_regclass('a')")).toEqual([[null]])
})

test.each([
  ['diesel', "SELECT count(*)::int FROM information_schema.columns WHERE table_name = 'notes'", 2],
  [
    'dialects',
    "SELECT count(*)::int FROM information_schema.columns WHERE table_name = 'jobs' AND udt_name IN ('int4', 'jsonb')",
    2,
  ],
  ['concurrent-indexes', "SELECT count(*)::int FROM pg_index WHERE indrelid = 'logs'::regclass AND indisvalid", 2],
])('the layout %s', async (name, sql, count) => {
  const db = await server.createDatabase()
  expect(await db.migrate('--dir', shape(name))).toMatchObject({ code: 0 })
  expect(await db.rows(sql)).toEqual([[count]])
})

test("another tool's table under another name", async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'CREATE TABLE a ()', '2_b.sql': 'CREATE TABLE b ()' })
  await db.rows(`CREATE SCHEMA custom; CREATE TABLE custom.gv (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
    INSERT INTO custom.gv (version_id, is_applied) VALUES (0, true), (1, true)`)
  expect(await db.migrate('baseline', '--from', 'goose')).toMatchObject({
    code: 4,
    log: expect.stringContaining('name another with --from-table, or say what is applied with `baseline VERSION`'),
  })
  expect(await db.migrate('--from', 'goose', '--from-table', 'custom.gv')).toMatchObject({ code: 0 })
  expect(await db.rows(history)).toEqual([['1', 'baseline'], ['2', 'applied']]) // prettier-ignore
})

test('status tells of a dirty history', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'SELECT 1' })
  await db.rows(
    'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (1, true)',
  )
  expect(await db.migrate('status')).toMatchObject({
    code: 0,
    log: expect.stringContaining('the history of golang-migrate is dirty at version 1'),
  })
})

test('what a migration raises is told with its place', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': "SELECT 1;\nDO $$ BEGIN RAISE NOTICE 'so far'; RAISE WARNING 'look here'; END $$;\nSELECT 2" })
  const { log } = await db.migrate()
  expect(log).toContain('1_a.sql:2: warning: look here')
  expect(log).not.toContain('so far')
})

test('a failure in one transaction for all says that it may be better without', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'CREATE TABLE a ()', '2_b.sql': 'SELECT 1 / 0' })
  expect(await db.migrate('--single-transaction')).toMatchObject({
    code: 5,
    log: expect.stringContaining('without --single-transaction each file has a transaction of its own, which may help'),
  })
})

test('an empty database is asked nothing that fails, so that its log stays clean', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'SELECT 1' })
  expect(await db.migrate()).toMatchObject({ code: 0, log: expect.not.stringContaining('meanwhile') })
  expect(await server.service.logs()).not.toContain('migrate_schema_history" does not exist')
})

test('a migration that drops the history with its schema is told by name, and rolled back', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'CREATE TABLE a ()', '2_clean.sql': 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' })
  expect(await db.migrate()).toMatchObject({
    code: 5,
    log: expect.stringMatching(/2_clean\.sql takes the table of the history away .* \(hint: keep the history where/),
  })
  expect(await db.rows("SELECT to_regclass('a')::text")).toEqual([['a']])
  await db.rows('CREATE SCHEMA kept')
  expect(await db.migrate('--history-table', 'kept.history')).toMatchObject({ code: 5 })
  await db.rows('DROP TABLE a, migrate_schema_history')
  expect(await db.migrate('--history-table', 'kept.history')).toMatchObject({ code: 0 })
})

/** Public reports about other tools: what they stumbled at, and what of it is there afterwards. */
test.each([
  ['sql-migrate#132', '-- +migrate Up\nCREATE TABLE a ();\n-- +migrate Down\nDROP TABLE a;\n'],
  ['pgmgr#55', 'CREATE TABLE a ();\n-- okay, done'],
  [
    'goose#890',
    '-- +goose Up\n-- +goose NO TRANSACTION\nCREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY an ON a (n);\n/*\n why; not\n*/\n\n-- +goose Down\nDROP TABLE a;\n',
  ],
  [
    'goose#158',
    '-- +goose Up\n-- +goose StatementBegin\nDO $$\nBEGIN\n  NULL;\nEND\n$$;\n-- +goose StatementEnd\n\nCREATE TABLE a (\n  n int\n);\n-- +goose Down\nDROP TABLE a;\n',
  ],
  [
    'flyway#2143',
    'CREATE TABLE a (n int, t text);\n-- COPY ... FROM is faster: https://example.com\nCOPY a (n, t) FROM stdin;\n1\tSPHR\n\\.\nSELECT 3',
  ],
  ['dbmate#472', '-- migrate:up\nCREATE TABLE a ();\n-- migrate:down transaction:false\nDROP TABLE a;\n'],
  ['supabase/cli#4746', 'CREATE TABLE atomic (begin int);\nCREATE TABLE a ();\n'],
  [
    'supabase/cli#3474',
    'CREATE FUNCTION f() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN true ELSE false END; END;\nCREATE TABLE a ();\n',
  ],
  ['flyway#3703', 'CREATE PROCEDURE p()\nLANGUAGE sql\nBEGIN ATOMIC\n\n  SELECT 1;\n\nEND;\nCREATE TABLE a ();'],
  ['accounted#2422', '-- no-transaction\nCREATE TABLE a (n int);\nLOCK TABLE a;\nUPDATE a SET n = 1;\n'],
])('%s', async (_, sql) => {
  const db = await server.createDatabase()
  write({ '1_a.sql': sql })
  expect(await db.migrate()).toMatchObject({ code: 0 })
  expect(await db.rows("SELECT to_regclass('a')::text")).toEqual([['a']])
})

/** sqlx as in lakekeeper#1790: a lock that stays with the session of a failed migration. */
test('a failed migration leaves no lock', async () => {
  const db = await server.createDatabase()
  write({ '1_a.sql': 'SELECT 1 / 0' })
  expect(await db.migrate()).toMatchObject({ code: 5 })
  expect(await db.rows("SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")).toEqual([[0]]) // prettier-ignore
})
