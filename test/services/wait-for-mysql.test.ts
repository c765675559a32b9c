import { launchService, mariadb, type Service } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

describe('wait-for mysql (MariaDB)', () => {
  let server: Service<unknown>
  const target = (user: string, rest = ''): string => `mariadb://${user}@${server.address}:3306${rest}`
  const ask = (user: string, sql: string): Promise<string> => {
    // root comes in by the Unix socket: at its own address, this server knows it by another name.
    const host = user === 'root' ? 'localhost' : server.address
    return server.exec('mariadb', '-h', host, `-u${user}`, '-psecret', '-Ne', sql)
  }

  beforeAll(async () => {
    // With names looked up, the server counts the errors of each host, as it does by default.
    const command = ['mariadbd', '--skip-name-resolve=0', '--max-connect-errors=3']
    server = await launchService(mariadb, { command })
  })
  afterAll(() => server.stop())

  test('while it starts: ready is not said before a client can ask', async () => {
    const states = await statesUntilReady(target('initbox:secret', '/app'))
    expect(await ask('initbox', 'select 1')).toBe('1')
    expect(states[0]).toBe('refused')
  })

  test('without a password it stops at the question for one, and is never blocked for that', async () => {
    for (let times = 0; times < 10; times++) {
      await expect(probeOnce(target(''))).resolves.toBe('password wanted, server is up')
      await expect(probeOnce(target('initbox'))).resolves.toBe('password wanted, server is up')
    }
    await expect(probeOnce(target('initbox:secret', '/app'))).resolves.toBeUndefined()
  })

  test('a wrong password and an unreadable table are denied, a foreign database may still come', async () => {
    for (const rest of ['initbox:wrong', 'nobody:secret']) {
      await expect(probeOnce(target(rest))).rejects.toMatchObject({ exitCode: 3 })
    }
    await expect(probeOnce(target('initbox:secret', '/mysql'))).rejects.toMatchObject({ state: 'no database' })
    await expect(probeOnce(target('initbox:secret', '/app?table=mysql.user'))).rejects.toMatchObject({ exitCode: 3 })
    await expect(probeOnce(target('initbox:secret', '?table=users'))).rejects.toMatchObject({ exitCode: 2 })
  })

  test('waits for a database and for a table', async () => {
    await expect(probeOnce(target('root:secret', '/later'))).rejects.toMatchObject({ state: 'no database', gone: true })
    await ask('root', 'create database later')
    await expect(probeOnce(target('root:secret', '/later?table=we`ird'))).rejects.toMatchObject({ state: 'no table' })
    await ask('root', 'create table later.`we``ird` (id int)')
    await expect(probeOnce(target('root:secret', '/later?table=we`ird'))).resolves.toBeUndefined()
    await expect(probeOnce(target('root:secret', '?table=later.we`ird'))).resolves.toBeUndefined()
  })

  test('writable: not while it is read-only', async () => {
    const writable = target('initbox:secret', '/app?writable')
    await expect(probeOnce(writable)).resolves.toBeUndefined()
    await ask('root', 'set global read_only = 1')
    await expect(probeOnce(writable)).rejects.toMatchObject({ state: 'read-only' })
    await ask('root', 'set global read_only = 0')
  })

  test('a password for another way to log in could not be tried', async () => {
    await ask('root', "install soname 'auth_ed25519'; create user ed@'%' identified via ed25519 using password('x')")
    await expect(probeOnce(target('ed:x'))).rejects.toMatchObject({
      exitCode: 3,
      message: 'login by client_ed25519 wanted, which wait-for does not speak',
    })
  })

  test('too many connections is not yet', async () => {
    await ask('root', "create user once@'%' identified by 'x' with max_user_connections 1")
    await ask('root', 'set global max_connections = 10')
    const sleepers = Array.from({ length: 12 }, () => ask('root', 'do sleep(30)').catch(() => ''))
    await expect
      .poll(() => probeOnce(target('initbox:secret')).catch((error: unknown) => error), { timeout: 20_000 })
      .toMatchObject({ state: 'too many clients' })
    await server.docker('restart')
    await Promise.all(sleepers)
    await statesUntilReady(target('initbox:secret'))
  })

  test('TLS: asked for by ?tls or the CA, checked, and demanded by the server', async () => {
    await expect(probeOnce(target('initbox:secret', '?tls'))).rejects.toMatchObject({ state: 'no TLS' })
    await server.exec('sh', '-c', makeCertificate)
    await server.docker('restart')
    await statesUntilReady(target('initbox:secret'))
    await expect(probeOnce(target('initbox:secret', '?tls&insecure'))).resolves.toBeUndefined()
    await expect(probeOnce(target('initbox:secret', '?tls'))).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('CN=db.test'),
    })
    const fingerprint = (
      await server.exec('sh', '-c', 'openssl x509 -in /etc/mysql/t.crt -noout -fingerprint -sha256')
    ).split('=')[1]
    await expect(probeOnce(target('initbox:secret', `?fingerprint=${fingerprint}`))).resolves.toBeUndefined()
    await ask('root', "create user safe@'%' identified by 'x' require ssl")
    await expect(probeOnce(target('safe:x'))).rejects.toMatchObject({ exitCode: 3 })
    await expect(probeOnce(target('safe:x', '?tls&insecure'))).resolves.toBeUndefined()
  })
})

const makeCertificate = `cd /etc/mysql && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db.test \
  -keyout t.key -out t.crt 2>&1 && chown mysql t.key && mkdir -p mariadb.conf.d &&
  printf '[mariadbd]\\nssl_cert=/etc/mysql/t.crt\\nssl_key=/etc/mysql/t.key\\n' > mariadb.conf.d/tls.cnf`
