import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort, postgres, runToolWith, type Service, startService, useVolume, volumeEntries } from '@initbox/testing'
import { changeListener } from '@initbox/testing/change-listener'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/fetch-secret/src/tool.ts'
import { start } from './fetch-secret/process.ts'
import { startVault, type Vault } from './fetch-secret/vault.ts'

let vault: Vault
let database: Service<{ readonly user: string; readonly password: string }>
let asApp: Readonly<Record<string, string>> = {}
beforeAll(async () => {
  ;[vault, database] = await Promise.all([startVault(), startService(postgres)])
  await vault.api('PUT', 'sys/policies/acl/killed', {
    policy: 'path "auth/token/revoke-accessor" { capabilities = ["update"] }',
  })
  asApp = await vault.approle({ token_policies: ['app', 'killed'] })
  await vault.api('POST', 'sys/mounts/database', { type: 'database' })
  await vault.api('POST', 'database/config/pg', {
    plugin_name: 'postgresql-database-plugin',
    allowed_roles: '*',
    connection_url: `postgresql://{{username}}:{{password}}@${database.address}:5432/app?sslmode=disable`,
    username: database.user,
    password: database.password,
  })
  await role('app', '1h', '24h')
  await vault.api('POST', 'secret/data/api', { data: { password: 'first' } })
})
afterAll(async () => {
  await Promise.all([vault[Symbol.asyncDispose](), database.stop()])
})
useVolume()

const read = (path: string): string => readFileSync(path, 'utf8')
const run = (...words: string[]) => runToolWith(tool, ['--timeout=20s', ...words], asApp)
const leases = (name = 'app') => vault.leases(`database/creds/${name}`)

function role(name: string, ttl: string, most: string, first = ''): Promise<unknown> {
  const creation = `${first}CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';`
  return vault.api('POST', `database/roles/${name}`, {
    db_name: 'pg',
    creation_statements: creation,
    default_ttl: ttl,
    max_ttl: most,
  })
}

/** The server revokes what a token leased in the background. */
async function settled(count: number, name?: string): Promise<void> {
  await expect.poll(() => leases(name), { timeout: 10_000 }).toHaveLength(count)
}

const source = 'db.json=vault-read://database/creds/app#format=json'

describe('dynamic secrets', () => {
  test('without anybody to keep them they are refused, and nothing is left', async () => {
    const { code, log } = await run(source)
    expect(code).toBe(2)
    expect(log).toContain('vault-read://database/creds/app is a dynamic secret')
    expect(volumeEntries()).toEqual([])
    await settled(0)
  })

  test('--keep-leases hands them over; the next run ends those of the one before', async () => {
    expect(await run(source, '--keep-leases', 'lease.json')).toMatchObject({
      code: 0,
      log: 'fetched 1 secret to db.json',
    })
    const first = JSON.parse(read('lease.json'))
    const [{ id }] = first.leases
    expect(await vault.api('PUT', 'sys/leases/lookup', { lease_id: id })).toMatchObject({
      data: { id, renewable: true },
    })
    expect(volumeEntries()).toEqual(['db.json', 'lease.json'])
    const before = read('db.json')
    expect(await run(source, '--keep-leases', 'lease.json')).toMatchObject({ code: 0 })
    expect(read('db.json')).not.toBe(before)
    await settled(1)
    const { token } = JSON.parse(read('lease.json'))
    await vault.api('POST', 'auth/token/revoke-self', {}, { 'x-vault-token': token })
    await settled(0)
  })

  test('a run that fails, or is stopped, after it got one revokes it', async () => {
    const keep = ['--keep-leases', 'lease.json']
    expect(await run(source, 'k=vault://secret/none#k', ...keep)).toMatchObject({ code: 4 })
    expect(volumeEntries()).toEqual([])
    await settled(0)
    const slow = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => slow.once('listening', resolve))
    const aws = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(slow.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_REGION: 'r',
      LOG_LEVEL: 'debug',
    }
    const stopped = start([source, 'k=aws-sm://never', ...keep], { ...asApp, ...aws })
    await expect.poll(() => leases(), { timeout: 10_000 }).toHaveLength(1)
    stopped.kill('SIGTERM')
    expect(await stopped.ended).toBe(143)
    expect(volumeEntries()).toEqual([])
    await settled(0)

    const killed = start([source, 'k=aws-sm://never', ...keep], { ...asApp, ...aws })
    await expect.poll(() => leases(), { timeout: 10_000 }).toHaveLength(1)
    killed.kill('SIGKILL')
    await killed.ended
    expect(volumeEntries()).toEqual([expect.stringMatching(/^\.fetch-secret-[0-9a-f]{12}$/)])
    // The same container again: it ends what the one that was killed has left, and then gives up for want of the other secret.
    const again = start([source, 'k=aws-sm://never', ...keep, '--timeout=2s'], { ...asApp, ...aws })
    expect(await again.ended).toBe(124)
    expect(volumeEntries()).toEqual([])
    await settled(0)
    slow.closeAllConnections()
    slow.close()
  })

  test('stopped while the server is still making one: it is waited for, since no revocation reaches what is leased later', async () => {
    await role('slow', '1h', '24h', 'SELECT pg_sleep(0.1); ')
    await using proxy = await stubbornProxy()
    const words = ['db.json=vault-read://database/creds/slow#format=json', '--keep-leases=lease.json']
    const stopped = start(words, { ...asApp, VAULT_ADDR: proxy.url })
    await proxy.sees('/v1/database/creds/slow')
    stopped.kill('SIGTERM')
    expect(await stopped.ended).toBe(143)
    await proxy.answered('/v1/database/creds/slow')
    await settled(0, 'slow')
    expect(volumeEntries()).toEqual([])
  })

  test('a server that does not answer is not left with a connection for each try', async () => {
    await using proxy = await stubbornProxy('/v1/database/creds/app')
    const words = [source, '--keep-leases=lease.json', '--attempt-timeout=200ms', '--timeout=60s']
    const waiting = start(words, { ...asApp, VAULT_ADDR: proxy.url })
    await proxy.isLeft()
    waiting.kill('SIGTERM')
    expect(await waiting.ended).toBe(143)
    await settled(0)
  })

  test('a token that cannot be revoked in time is left to the next run', async () => {
    await using proxy = await stubbornProxy('/v1/auth/token/revoke-self')
    const words = [source, 'k=vault://secret/none#k', '--keep-leases=lease.json']
    const first = start(words, { ...asApp, VAULT_ADDR: proxy.url })
    expect(await first.ended).toBe(4)
    expect(first.said()).toContain('cannot revoke the token: no answer in time; the token will end in 1h')
    expect(await leases()).toHaveLength(1)
    expect(volumeEntries()).toEqual([expect.stringMatching(/^\.fetch-secret-[0-9a-f]{12}$/)])
    expect(await start(words, asApp).ended).toBe(4)
    await settled(0)
    expect(volumeEntries()).toEqual([])
  })
})

/** Stands before the server, and does not tell it when a client has gone; never answers requests for the path `silent`. */
async function stubbornProxy(silent?: string) {
  const seen: string[] = []
  const answered: string[] = []
  let left = 0
  const server = createServer(async (request, response) => {
    const { url = '', method = '', headers } = request
    seen.push(url)
    if (url === silent) return void response.on('close', () => left++)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { 'x-vault-token': token = '' } = headers
    const answer = await fetch(`${vault.server.url}${url}`, {
      method,
      headers: { 'x-vault-token': String(token) },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    answered.push(url)
    response.writeHead(answer.status).end(answer.status === 204 ? undefined : await answer.text())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sees: (path: string) => expect.poll(() => seen, { timeout: 10_000, interval: 5 }).toContain(path),
    answered: (path: string) => expect.poll(() => answered, { timeout: 10_000 }).toContain(path),
    /** The client has closed a connection that was never answered. */
    isLeft: () => expect.poll(() => left, { timeout: 20_000 }).toBeGreaterThan(0),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const runs = process.env['INITBOX_FULL'] === '1' ? 100 : 20

test(`of ${runs} runs that failed, were stopped or were killed no lease is left`, async () => {
  const words = [source, 'k=vault://secret/none#k', '--keep-leases', 'lease.json', '--timeout=20s']
  const began = Date.now()
  expect(await start(words, asApp).ended).toBe(4)
  const whole = Date.now() - began
  let left = 0
  for (let count = 1; count < runs; count++) {
    const signal = ([undefined, 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const)[count % 4]
    const running = start(words, asApp)
    if (signal !== undefined) setTimeout(() => running.kill(signal), Math.random() * whole * 1.2)
    await running.ended
    // A server that is still making what the killed run asked for leases it after any revocation; the kubelet waits longer.
    if (signal === 'SIGKILL') await new Promise((resolve) => setTimeout(resolve, 300))
    left += (await leases()).length > 0 ? 1 : 0
  }
  // The same container once more, as the kubelet starts it again.
  expect(await start(words, asApp).ended).toBe(4)
  await settled(0)
  expect(volumeEntries()).toEqual([])
  process.stdout.write(
    `leases: after ${left} of ${runs} runs one was there, which the next run ended; at the end none\n`,
  )
})

test('--watch renews, rotates, tells of changes, survives an outage, and revokes when it is stopped', async () => {
  await role('short', '6s', '12s')
  const port = await freePort()
  const { url, told } = await changeListener()
  const sidecar = start(
    [
      'api-key=vault://secret/api#password',
      'db.json=vault-read://database/creds/short#format=json',
      '--watch=1s',
      `--listen=127.0.0.1:${port}`,
      `--on-change=${url}`,
    ],
    asApp,
  )
  await sidecar.says(/fetched 2 secrets to api-key, db.json/)
  expect(read('api-key')).toBe('first')
  const user = read('db.json')
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)

  await vault.api('POST', 'secret/data/api', { data: { password: 'second' } })
  await expect.poll(() => read('api-key'), { timeout: 10_000 }).toBe('second')
  await expect.poll(() => told, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ changed: ['api-key'] }))
  // The lease of 6 s is renewed before it ends, and after the longest life of 12 s there are new credentials.
  const renewed = async (): Promise<unknown> => {
    const [lease] = await leases('short')
    const body = { lease_id: `database/creds/short/${lease}` }
    return (await vault.api('PUT', 'sys/leases/lookup', body)).data.last_renewal
  }
  await expect.poll(renewed, { timeout: 15_000 }).toEqual(expect.any(String))
  expect(read('db.json')).toBe(user)
  await expect.poll(() => read('db.json'), { timeout: 20_000 }).not.toBe(user)

  await vault.server.docker('pause')
  await sidecar.says(/the last good result stays/)
  expect(read('api-key')).toBe('second')
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  await vault.server.docker('unpause')
  await vault.api('POST', 'secret/data/api', { data: { password: 'third' } })
  await expect.poll(() => read('api-key'), { timeout: 30_000 }).toBe('third')

  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  expect(metrics).toMatch(/^initbox_item_age_seconds\{tool="fetch-secret",item="vault:\/\/secret\/api"\} [\d.]+$/m)
  const probe = start(['probe', 'livez'], { FETCH_SECRET_LISTEN: `127.0.0.1:${port}` })
  expect(await probe.ended).toBe(0)
  sidecar.kill('SIGTERM')
  expect(await sidecar.ended).toBe(0)
  expect(sidecar.said()).toMatch(/stopped after \d+ refreshes/)
  await settled(0, 'short')
  expect(existsSync('..data')).toBe(true)
})

test('--watch with a token that was given: it is told when it ends; once it has, a new one in the file is taken', async () => {
  const give = async (settings: object): Promise<string> => {
    const { auth } = await vault.api('POST', 'auth/token/create', { policies: ['app'], ...settings })
    writeFileSync('given.new', auth.client_token)
    renameSync('given.new', 'given')
    return auth.client_token
  }
  const first = await give({ ttl: '1h', renewable: false })
  await vault.api('POST', 'secret/data/watched', { data: { key: 'one' } })
  const words = ['k=vault://secret/watched#key', '--watch=1s', '--listen=none', '--vault-token-file=given']
  const { VAULT_ADDR = '' } = asApp
  const sidecar = start(words, { VAULT_ADDR })
  await sidecar.says(/the token that was given ends in .*: it is not renewable/)
  await sidecar.says(/fetched 1 secret to k/)
  await vault.api('POST', 'auth/token/revoke', { token: first })
  await sidecar.says(/cannot use the token that was given: 403 .*hint: has it ended\? .*the last good result stays/)
  expect(read('k')).toBe('one')
  await vault.api('POST', 'secret/data/watched', { data: { key: 'two' } })
  await give({ ttl: '1h' })
  await expect.poll(() => read('k'), { timeout: 60_000 }).toBe('two')
  sidecar.kill('SIGTERM')
  expect(await sidecar.ended).toBe(0)
})

test('plan shows what would be done, makes nothing, and prints the policy that is needed', async () => {
  const words = ['api-key=vault://secret/api#password', 'db/=vault-read://database/creds/app']
  const planned = start(['plan', ...words, 'no=vault://secret/none#k&optional'], asApp)
  expect(await planned.ended).toBe(0)
  expect(planned.said().replace(/version \d+/, 'version N')).toBe(`\
OUT      MODE  SOURCE                           STATE
api-key  0440  vault://secret/api#password      version N
db/      0440  vault-read://database/creds/app  not asked, it would make something
no       0440  vault://secret/none#k            not there, optional

Vault policy:

path "database/creds/app" { capabilities = ["read"] }
path "secret/data/api" { capabilities = ["read"] }
path "secret/data/none" { capabilities = ["read"] }
path "auth/token/revoke-accessor" { capabilities = ["update"] } # ends what a killed run leased
would fetch vault://secret/api, vault-read://database/creds/app, vault://secret/none
`)
  expect(volumeEntries()).toEqual([])
  await settled(0)
})
