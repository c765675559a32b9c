import { launchService, pgbouncer, postgres, type Service, startService } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

const psql = (server: Service<unknown>, sql: string): Promise<string> =>
  server.exec('psql', '-h', '127.0.0.1', `postgresql://initbox:secret@127.0.0.1/app`, '-Atc', sql)

describe('wait-for postgres', () => {
  let server: Service<unknown>
  let place: string
  const target = (user: string, rest = ''): string => `postgres://${user}@${place}${rest}`
  /** Adds a rule before all others, as an administrator would. */
  const allow = async (rule: string): Promise<void> => {
    await server.exec('sh', '-c', `sed -i '1i ${rule}' "$PGDATA/pg_hba.conf" && chown postgres "$PGDATA/pg_hba.conf"`)
    await psql(server, 'select pg_reload_conf()')
    await expect.poll(() => psql(server, 'select 1 from pg_hba_file_rules where error is not null')).toBe('')
  }

  beforeAll(async () => {
    server = await launchService(postgres)
    place = `${server.address}:5432`
  })
  afterAll(() => server.stop())

  test('while it starts: ready is not said before a client can ask', async () => {
    const states = await statesUntilReady(target('initbox:secret', '/app?table=pg_class'))
    expect(await psql(server, 'select 1')).toBe('1')
    expect(states.join(' → ')).toMatch(/^refused( → starting up)?$/)
  })

  test('without a password it stops at the question for one', async () => {
    await expect(probeOnce(target('initbox'))).resolves.toBe('password wanted, server is up')
    await expect(probeOnce(`postgres://${place}`)).resolves.toBe('password wanted, server is up')
    await expect(probeOnce(target('initbox', '/app?table=x'))).rejects.toMatchObject({ exitCode: 3 })
  })

  test('logs in by SCRAM, MD5, cleartext and trust', async () => {
    await psql(server, `set password_encryption = md5; create role md5 login password 'old'`)
    await psql(server, `create role clear login password 'text'; create role anyone login`)
    await allow('host all anyone all trust')
    await allow('host all clear all password')
    await allow('host all md5 all md5')
    for (const user of ['initbox:secret', 'md5:old', 'clear:text', 'anyone']) {
      await expect(probeOnce(target(user, '/app'))).resolves.toBeUndefined()
    }
    for (const user of ['initbox:wrong', 'md5:wrong', 'clear:wrong', 'nobody:wrong']) {
      await expect(probeOnce(target(user, '/app'))).rejects.toMatchObject({ exitCode: 3 })
    }
  })

  test('waits for a database and for a table', async () => {
    await expect(probeOnce(target('initbox:secret', '/later'))).rejects.toMatchObject({
      state: 'no database',
      gone: true,
    })
    await psql(server, 'create database later')
    await expect(probeOnce(target('initbox:secret', '/later'))).resolves.toBeUndefined()
    const table = target('initbox:secret', `/app?table=${encodeURIComponent('sales."It\'s"')}`)
    await expect(probeOnce(table)).rejects.toMatchObject({ state: 'no table', gone: true })
    await psql(server, `create schema sales; create table sales."It's" ()`)
    await expect(probeOnce(table)).resolves.toBeUndefined()
    await expect(probeOnce(target('initbox:secret', '/app?table=a.b.c.d'))).rejects.toMatchObject({ exitCode: 2 })
  })

  test('writable: not while transactions are read-only', async () => {
    const writable = target('initbox:secret', '/app?writable')
    await expect(probeOnce(writable)).resolves.toBeUndefined()
    await psql(server, 'alter database app set default_transaction_read_only = on')
    await expect(probeOnce(writable)).rejects.toMatchObject({ state: 'read-only' })
    await psql(server, 'begin read write; alter database app reset default_transaction_read_only; commit')
    await expect(probeOnce(writable)).resolves.toBeUndefined()
  })

  test('out of connections is not yet', async () => {
    await psql(server, `create role busy login password 'x' connection limit 0`)
    await expect(probeOnce(target('busy:x', '/app'))).rejects.toMatchObject({ state: 'too many clients' })
  })

  test('TLS: by sslmode, and by itself where the server insists', async () => {
    await server.exec('sh', '-c', makeCertificate)
    await psql(server, 'alter system set ssl = on')
    await allow('hostnossl all all all reject')
    await psql(server, 'select pg_reload_conf()')
    await expect.poll(() => psql(server, 'show ssl')).toBe('on')
    const account = (rest = ''): string => target('initbox:secret', `/app${rest}`)
    await expect(probeOnce(account())).resolves.toBeUndefined()
    for (const mode of ['allow', 'prefer', 'require']) {
      await expect(probeOnce(account(`?sslmode=${mode}`))).resolves.toBeUndefined()
    }
    await expect(probeOnce(account('?sslmode=disable'))).rejects.toMatchObject({ exitCode: 3 })
    await expect(probeOnce(account('?sslmode=verify-full'))).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('CN=db.test'),
    })
  })

  test('a standby is ready, but not writable', async () => {
    await server.exec('sh', '-c', 'touch "$PGDATA/standby.signal"')
    await server.docker('restart')
    place = `${server.address}:5432`
    const account = target('initbox:secret', '/app?sslmode=require')
    await statesUntilReady(account)
    await expect(probeOnce(`${account}&writable`)).rejects.toMatchObject({ state: 'standby' })
  })
})

const makeCertificate = `cd "$PGDATA" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db.test \
  -keyout server.key -out server.crt 2>&1 && chmod 600 server.key && chown postgres server.key server.crt`

test('wait-for postgres through PgBouncer: ready only as long as the server behind it answers', async () => {
  await using server = await startService(postgres)
  await using pooler = await launchService(pgbouncer, { environment: { UPSTREAM: `${server.address}:5432` } })
  const target = `postgres://initbox:secret@${pooler.address}:6432/app`
  await statesUntilReady(target)
  // PgBouncer itself goes on to greet clients then; only the query shows it.
  await server.docker('pause')
  await expect(probeOnce(target, { limit: 3_000 })).rejects.toMatchObject({ state: 'silent' })
  await server.docker('unpause')
  await statesUntilReady(target)
})
