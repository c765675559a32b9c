import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runToolWith, type ToolRun } from '@initbox/testing/tool-run'
import { useVolume } from '@initbox/testing/volume'
import { tool } from '../../tools/migrate-schema/src/tool.ts'
import { mustRun } from '@initbox/engine/command'
import { useServer, write } from './migrate-schema/database.ts'

const server = useServer()
const keys = mkdtempSync(join(tmpdir(), 'initbox-tls-'))
const file = (name: string): string => join(keys, name)
useVolume()

beforeAll(async () => {
  await authority('ca')
  await authority('other-ca')
  await certificate('server', '/CN=db.test', 'subjectAltName=DNS:localhost')
  await certificate('client', '/CN=certuser', 'extendedKeyUsage=clientAuth')
  const { service } = server
  for (const name of ['server.crt', 'server.key', 'ca.crt']) {
    await service.exec(
      'sh',
      '-c',
      `printf %s "$1" > "$PGDATA/${name}" && chown postgres "$PGDATA/${name}" && chmod 600 "$PGDATA/${name}"`,
      'sh',
      readFileSync(file(name), 'utf8'),
    )
  }
  await service.exec(
    'sh',
    '-c',
    `{ echo 'hostssl all certuser all cert'; echo 'hostssl all tlsonly all scram-sha-256'; echo 'hostnossl all tlsonly all reject'; cat "$PGDATA/pg_hba.conf"; } > /tmp/hba && cat /tmp/hba > "$PGDATA/pg_hba.conf"`,
  )
  const sql = "CREATE ROLE certuser LOGIN SUPERUSER; CREATE ROLE tlsonly LOGIN SUPERUSER PASSWORD 'pw'"
  const settings = ["ALTER SYSTEM SET ssl_ca_file = 'ca.crt'", 'ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()']
  for (const each of [sql, ...settings])
    await service.exec('psql', service.url.replace(/@[^/]*/, '@127.0.0.1:5432'), '-c', each)
})
afterAll(() => rmSync(keys, { recursive: true }))
beforeEach(() => {
  mkdirSync('migrations')
  write({ '1_a.sql': 'CREATE TABLE a AS SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()' })
})

/** Runs against `localhost` or another name of the server, in an empty database. */
async function migrate(
  user: string,
  environment: Record<string, string>,
  host = 'localhost',
): Promise<ToolRun & { ssl: unknown }> {
  const db = await server.createDatabase()
  const PG = { PGHOST: host, PGPORT: String(server.service.port), PGUSER: user, PGDATABASE: db.name }
  const run = await runToolWith(tool, ['--timeout', '2s'], { ...PG, ...environment })
  return { ...run, ssl: run.code === 0 ? (await db.rows('SELECT ssl, client_dn FROM a'))[0] : undefined }
}

const password = { PGPASSWORD: 'pw' }

describe('sslmode', () => {
  test.each([
    ['prefer', {}, [true, null]],
    ['require', {}, [true, null]],
    ['allow', {}, [true, null]],
    ['verify-ca', { PGSSLROOTCERT: file('ca.crt') }, [true, null]],
    ['verify-full', { PGSSLROOTCERT: file('ca.crt') }, [true, null]],
  ])('%s gets in over TLS', async (mode, more, ssl) => {
    expect(await migrate('tlsonly', { ...password, PGSSLMODE: mode, ...more })).toMatchObject({ code: 0, ssl })
  })

  test('disable does not, where the server wants TLS', async () => {
    expect(await migrate('tlsonly', { ...password, PGSSLMODE: 'disable' })).toMatchObject({ code: 3 })
  })

  test('prefer goes without where the server has none', async () => {
    await server.service.exec(
      'psql',
      server.service.url.replace(/@[^/]*/, '@127.0.0.1:5432'),
      '-c',
      'ALTER SYSTEM SET ssl = off',
      '-c',
      'SELECT pg_reload_conf()',
    )
    try {
      expect(await migrate('initbox', { PGPASSWORD: 'secret' })).toMatchObject({ code: 0, ssl: [false, null] })
      expect(await migrate('initbox', { PGPASSWORD: 'secret', PGSSLMODE: 'require' })).toMatchObject({ code: 3 })
    } finally {
      await server.service.exec(
        'psql',
        server.service.url.replace(/@[^/]*/, '@127.0.0.1:5432'),
        '-c',
        'ALTER SYSTEM SET ssl = on',
        '-c',
        'SELECT pg_reload_conf()',
      )
    }
  })

  test('a certificate of another CA is exit 3, with the flag to look at', async () => {
    const run = await migrate('tlsonly', { ...password, PGSSLMODE: 'verify-full', PGSSLROOTCERT: file('other-ca.crt') })
    expect(run).toMatchObject({ code: 3, log: expect.stringContaining("the server's certificate is not accepted") })
    expect(run.log).toContain('--ssl-root-cert')
  })

  test('another name than that of the certificate: verify-full refuses, verify-ca does not look', async () => {
    const root = { ...password, PGSSLROOTCERT: file('ca.crt') }
    expect(await migrate('tlsonly', { ...root, PGSSLMODE: 'verify-full' }, '127.0.0.1')).toMatchObject({ code: 3 })
    expect(await migrate('tlsonly', { ...root, PGSSLMODE: 'verify-ca' }, '127.0.0.1')).toMatchObject({ code: 0 })
  })
})

test('a client certificate logs in without a password', async () => {
  const keyPair = {
    PGSSLCERT: file('client.crt'),
    PGSSLKEY: file('client.key'),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: file('ca.crt'),
  }
  expect(await migrate('certuser', keyPair)).toMatchObject({ code: 0, ssl: [true, '/CN=certuser'] })
})

async function authority(name: string): Promise<void> {
  await mustRun('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)]) // prettier-ignore
}

async function certificate(name: string, subject: string, extension: string): Promise<void> {
  await mustRun('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject, '-addext', extension, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)]) // prettier-ignore
  await mustRun('openssl', ['x509', '-req', '-in', file(`${name}.csr`), '-days', '30', '-copy_extensions', 'copy', '-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial', '-out', file(`${name}.crt`)]) // prettier-ignore
}
