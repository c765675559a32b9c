import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/fetch-secret/src/tool.ts'
import { clusterKey, serviceAccountToken, startTokenReview, startVault, type Vault } from './fetch-secret/vault.ts'

let vault: Vault
let asApp: Readonly<Record<string, string>> = {}
beforeAll(async () => {
  vault = await startVault()
  asApp = await vault.approle()
  await vault.api('POST', 'secret/data/api', { data: { password: 'hunter2hunter2', user: 'app', port: 5432 } })
})
afterAll(() => vault[Symbol.asyncDispose]())
useVolume()

const read = (path: string): string => readFileSync(path, 'utf8')
const put = (path: string, data: object) => vault.api('POST', `secret/data/${path}`, { data })

function run(words: readonly string[], environment: Readonly<Record<string, string>> = asApp): Promise<ToolRun> {
  const limit = words.includes('--timeout') ? [] : ['--timeout=20s']
  return runToolWith(tool, [...limit, ...words], environment)
}

describe('KV', () => {
  test('a key, the whole, and a folder, all of one request', async () => {
    expect(
      await run(['api-key=vault://secret/api#password', 'api.json=vault://secret/api', 'api/=vault://secret/api']),
    ).toEqual({ code: 0, log: 'fetched 1 secret to api-key, api.json, api/password and 2 more', output: '' })
    expect(read('api-key')).toBe('hunter2hunter2')
    expect(JSON.parse(read('api.json'))).toEqual({ password: 'hunter2hunter2', user: 'app', port: 5432 })
    expect(read('api/port')).toBe('5432')
    expect(statSync('api-key').mode & 0o777).toBe(0o440)
    expect(await run(['api-key=vault://secret/api#password'])).toMatchObject({
      log: 'fetched 1 secret to api-key, unchanged',
    })
  })

  test('version 1, and mounts that are called as the API of version 2 calls its parts', async () => {
    for (const [path, version] of [
      ['kv1', '1'],
      ['data', '2'],
      ['data1/data', '1'],
    ] as const) {
      await vault.api('POST', `sys/mounts/${path}`, { type: 'kv', options: { version } })
    }
    await vault.api('PUT', 'sys/policies/acl/data', { policy: 'path "data*" { capabilities = ["read"] }' })
    const environment = await vault.approle({ token_policies: ['app', 'data'] })
    await vault.api('POST', 'kv1/a', { k: 'one' })
    await vault.api('POST', 'data/data/data/data', { data: { k: 'two' } })
    await vault.api('POST', 'data1/data/data', { k: 'three' })
    await put('data/data', { k: 'four' })
    const words = [
      '1=vault://kv1/a#k',
      '2=vault://data/data/data#k',
      '3=vault://data1/data/data#k',
      '4=vault://secret/data/data#k',
    ]
    expect(await run(words, environment)).toMatchObject({ code: 0 })
    expect(['1', '2', '3', '4'].map(read)).toEqual(['one', 'two', 'three', 'four'])
  })

  test('an older version, a deleted one, and one that will be deleted', async () => {
    await put('versions', { k: 'old' })
    await put('versions', { k: 'new' })
    expect(await run(['k=vault://secret/versions?version=1#k'])).toMatchObject({ code: 0 })
    expect(read('k')).toBe('old')
    await vault.api('DELETE', 'secret/data/versions')
    const { code, log } = await run(['k=vault://secret/versions#k'])
    expect(code).toBe(4)
    expect(log).toMatch(/^error: version 2 of vault:\/\/secret\/versions was deleted at 20.*\?version=N\)$/)
    expect(await run(['k=vault://secret/versions?version=1#k'])).toMatchObject({ code: 0 })
    expect(await run(['k=vault://secret/versions?version=9#k'])).toMatchObject({ code: 4 })
    await vault.api('POST', 'secret/metadata/mortal', { delete_version_after: '1h' })
    await put('mortal', { k: 'still here' })
    expect(await run(['k=vault://secret/mortal#k'])).toMatchObject({ code: 0 })
    await vault.api('PUT', 'secret/destroy/versions', { versions: [2] })
    expect(await run(['k=vault://secret/versions#k'])).toMatchObject({
      code: 4,
      log: expect.stringContaining('version 2 of vault://secret/versions was destroyed'),
    })
  })

  test('keys are taken as they are called, and nesting has a syntax of its own', async () => {
    await put('keys', {
      'key.json': 'x',
      'a.b': 'flat',
      a: { b: 'nested', list: ['zero', 'one'] },
      'with-hyphen': 'h',
      'with/slash': 's',
    })
    const from = 'vault://secret/keys'
    const words = {
      1: 'key.json',
      2: 'a.b',
      3: '/a/b',
      4: '/a/list/1',
      5: 'with-hyphen',
      6: 'with/slash',
      7: 'a',
      8: '/with~1slash',
    }
    expect(await run(Object.entries(words).map(([out, part]) => `${out}=${from}#${part}`))).toMatchObject({ code: 0 })
    expect(Object.keys(words).map(read)).toEqual([
      'x',
      'flat',
      'nested',
      'one',
      'h',
      's',
      '{"b":"nested","list":["zero","one"]}',
      's',
    ])
    const { code, log } = await run([`k=${from}#with-hyphens`])
    expect(code).toBe(4)
    expect(log).toBe(
      'error: vault://secret/keys#with-hyphens is not there (hint: its keys are "a", "a.b", "key.json" and 2 more; what is nested needs a pointer such as #/a/b)',
    )
  })

  test('what is missing or empty is exit 4, all of it in one sentence, and nothing is written', async () => {
    await put('holes', { empty: '', nothing: null, there: 'x' })
    const from = 'vault://secret/holes'
    const { code, log } = await run([`a=${from}#empty`, `b=${from}#nothing`, `c=${from}#none`, `d=${from}#there`])
    expect(code).toBe(4)
    expect(log).toContain(
      '3 secrets cannot be had: vault://secret/holes#empty is empty, vault://secret/holes#nothing is null',
    )
    expect(volumeEntries()).toEqual([])
    expect(
      await run([
        `a=${from}#empty&optional`,
        `b=${from}#nothing&default=7`,
        `c=vault://secret/never#x&default=9`,
        `d=${from}#there`,
      ]),
    ).toMatchObject({ code: 0 })
    expect(volumeEntries()).toEqual(['b', 'c', 'd'])
    expect(['b', 'c'].map(read)).toEqual(['7', '9'])
  })

  test('every secret that is missing is named, and one that is denied goes first', async () => {
    expect(await run(['a=vault://secret/no1#x', 'b=vault://secret/no2#x'])).toMatchObject({
      code: 4,
      log: expect.stringMatching(/2 secrets cannot be had: there is no secret vault:\/\/secret\/no[12], there is no/),
    })
    expect(await run(['a=vault://secret/no1#x', 'b=vault-read://sys/mounts#x'])).toMatchObject({ code: 3 })
    expect(volumeEntries()).toEqual([])
  })

  test('paths with the /data/ of the API, and paths of engines that are none', async () => {
    expect((await run(['k=vault://secret/data/api#password'])).log).toContain('write vault://secret/api')
    expect((await run(['k=vault-read://secret/api#password'])).log).toContain('Invalid path for a versioned K/V')
    expect(await run(['k=vault-read://secret/data/api#/data/password'])).toMatchObject({ code: 0 })
    expect(await run(['k=vault://nowhere/api#password'])).toMatchObject({ code: 3 })
    expect(await run(['k=vault://../sys/mounts#x'])).toMatchObject({ code: 2 })
  })
})

describe('login', () => {
  const key = ['k=vault://secret/api#password']

  test('the token of a login is revoked, one that was given is not', async () => {
    const before = (await vault.api('LIST', 'auth/token/accessors')).data.keys
    expect(await run(key)).toMatchObject({ code: 0 })
    expect((await vault.api('LIST', 'auth/token/accessors')).data.keys.toSorted()).toEqual(before.toSorted())
    const { client_token: token } = (await vault.api('POST', 'auth/token/create', { policies: ['app'] })).auth
    const given = { VAULT_ADDR: vault.server.url, VAULT_TOKEN: token }
    for (let times = 0; times < 2; times++) expect(await run(key, given)).toMatchObject({ code: 0 })
  })

  test('kubernetes, with the token of a service account', async () => {
    await using review = await startTokenReview()
    await vault.api('POST', 'sys/mounts/ca', { type: 'pki' })
    const { certificate } = (await vault.api('POST', 'ca/root/generate/internal', { common_name: 'cluster' })).data
    await vault.api('POST', 'sys/auth/kubernetes', { type: 'kubernetes' })
    await vault.api('POST', 'auth/kubernetes/config', {
      kubernetes_host: review.url,
      kubernetes_ca_cert: certificate,
      pem_keys: [clusterKey],
      disable_local_ca_jwt: true,
    })
    await vault.api('POST', 'auth/kubernetes/role/app', {
      bound_service_account_names: ['app'],
      bound_service_account_namespaces: ['default'],
      audience: 'vault',
      policies: ['app'],
      ttl: '1h',
    })
    writeFileSync('token', serviceAccountToken())
    const flags = ['--vault-role', 'app', '--vault-jwt-file', 'token']
    const address = { VAULT_ADDR: vault.server.url }
    expect(await run([...key, ...flags], address)).toMatchObject({ code: 0 })
    expect(read('k')).toBe('hunter2hunter2')
    const { code, log } = await run([...key, '--vault-role', 'other', '--vault-jwt-file', 'token'], address)
    expect(code).toBe(3)
    expect(log).toMatch(
      /^error: cannot log in to Vault by kubernetes at auth\/kubernetes: 400 invalid role name "other"/,
    )
    writeFileSync('token', serviceAccountToken({ aud: ['other'] }))
    expect(await run([...key, ...flags], address)).toMatchObject({ code: 3 })
    expect(await run([...key, '--vault-role', 'app', '--vault-jwt-file', 'none'], address)).toMatchObject({ code: 4 })
    await vault.api('POST', 'sys/auth/jwt', { type: 'jwt' })
    await vault.api('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [clusterKey] })
    await vault.api('POST', 'auth/jwt/role/app', {
      role_type: 'jwt',
      bound_audiences: ['vault'],
      user_claim: 'sub',
      policies: ['app'],
    })
    writeFileSync('token', serviceAccountToken())
    expect(await run([...key, '--vault-auth', 'jwt', ...flags], address)).toMatchObject({ code: 0 })
  })

  test('userpass, wrapped secret ids and wrapped tokens, which are good once', async () => {
    await vault.api('POST', 'sys/auth/people/staff', { type: 'userpass' })
    await vault.api('POST', 'auth/people/staff/users/ann', { password: 'p&<ss', policies: 'app' })
    const address = { VAULT_ADDR: vault.server.url }
    const ann = { ...address, FETCH_SECRET_VAULT_USERNAME: 'ann', FETCH_SECRET_VAULT_PASSWORD: 'p&<ss' }
    expect(await run([...key, '--vault-mount', 'people/staff'], ann)).toMatchObject({ code: 0 })
    const wrap = { 'x-vault-wrap-ttl': '60s' }
    const wrapped = (await vault.api('POST', 'auth/approle/role/app/secret-id', {}, wrap)).wrap_info.token
    const approle = { ...asApp, FETCH_SECRET_VAULT_SECRET_ID: wrapped }
    expect(await run([...key, '--vault-unwrap'], approle)).toMatchObject({ code: 0 })
    const again = await run([...key, '--vault-unwrap'], approle)
    expect(again).toMatchObject({ code: 3, log: expect.stringContaining('cannot unwrap the secret id') })
    const token = (await vault.api('POST', 'auth/token/create', { policies: ['app'] }, wrap)).wrap_info.token
    expect(await run([...key, '--vault-unwrap'], { ...address, VAULT_TOKEN: token })).toMatchObject({ code: 0 })
  })

  test('a namespace', async () => {
    await vault.api('POST', 'sys/namespaces/team')
    const inTeam = { 'x-vault-namespace': 'team' }
    await vault.api('POST', 'sys/mounts/s', { type: 'kv', options: { version: '2' } }, inTeam)
    await vault.api('POST', 's/data/a', { data: { k: 'of the team' } }, inTeam)
    const environment = { VAULT_ADDR: vault.server.url, VAULT_TOKEN: 'root', VAULT_NAMESPACE: 'team' }
    expect(await run(['k=vault://s/a#k'], environment)).toMatchObject({ code: 0 })
    expect(read('k')).toBe('of the team')
  })
})

test('pki as the files of a TLS Secret, transit, and what the server says to a wrong request', async () => {
  await vault.api('POST', 'sys/mounts/pki', { type: 'pki' })
  await vault.api('POST', 'pki/root/generate/internal', { common_name: 'ca', ttl: '24h' })
  await vault.api('POST', 'pki/roles/web', { allowed_domains: 'svc', allow_subdomains: true, max_ttl: '1h' })
  await vault.api('POST', 'sys/mounts/transit', { type: 'transit' })
  await vault.api('POST', 'transit/keys/k', {})
  const { ciphertext } = (await vault.api('POST', 'transit/encrypt/k', { plaintext: 'aGVsbG8=' })).data
  mkdirSync('tls')
  expect(
    await run([
      'tls/=vault-write://pki/issue/web?common_name=a.svc&ttl=10m#format=pem',
      `hello=vault-write://transit/decrypt/k?ciphertext=${encodeURIComponent(ciphertext)}#plaintext&decode=base64`,
    ]),
  ).toMatchObject({ code: 0, log: 'fetched 2 secrets to tls/tls.key, tls/tls.crt, tls/ca.crt, hello' })
  expect(volumeEntries()).toEqual(['hello', 'tls', 'tls/ca.crt', 'tls/tls.crt', 'tls/tls.key'])
  expect(read('hello')).toBe('hello')
  expect(read('tls/tls.key')).toMatch(/^-----BEGIN [^]*-----END [A-Z ]+-----\n$/)
  expect(await run(['tls/=vault-write://pki/issue/web?common_name=a.example#format=pem'])).toMatchObject({
    code: 5,
    log: expect.stringContaining('common name a.example not allowed by this role'),
  })
})

test('a sealed server and one that limits its clients are "not yet"', async () => {
  await using other = await startVault()
  const environment = await other.approle()
  await other.api('POST', 'sys/quotas/rate-limit/login', { path: 'auth/approle', rate: 0.01, interval: '60s' })
  await run(['k=vault://secret/api#k', '--timeout', '1s'], environment)
  const limited = await run(['k=vault://secret/api#k', '--timeout', '1s'], environment)
  expect(limited).toMatchObject({ code: 124, log: expect.stringContaining('429 request path') })
  await other.api('PUT', 'sys/seal')
  const { code, log } = await run(['k=vault://secret/api#k', '--timeout', '1s'], environment)
  expect(code).toBe(124)
  expect(log).toMatch(
    /^error: gave up after 1 s: cannot log in to Vault by approle at auth\/approle: the server is sealed/,
  )
})
