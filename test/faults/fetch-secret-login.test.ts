import { createHash, createHmac } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/fetch-secret/src/tool.ts'
import { runBundle } from './fetch-secret/bundle.ts'

useVolume()

const good = makeCertificate({ name: 'vault.test' })
const client = makeCertificate({ name: 'web' })
const stranger = makeCertificate({ name: 'stranger' })
afterAll(() => [good, client, stranger].forEach(({ remove }) => remove()))

// oxlint-disable-next-line typescript/no-explicit-any -- what was sent is looked at by the test alone
type Seen = { readonly path: string; readonly body: any }

/** Vault with one secret: every login is good, one by certificate only with that of `client`. */
function answering(seen: Seen[]) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    let text = ''
    request.on('data', (piece) => (text += piece))
    request.on('end', () => {
      const path = (request.url ?? '').replace('/v1/', '')
      seen.push({ path, body: text === '' ? undefined : JSON.parse(text) })
      if (path === 'auth/cert/login' && !(request.socket as TLSSocket).authorized) {
        response.writeHead(400).end('{"errors":["invalid certificate or no client certificate supplied"]}')
        return
      }
      if (/\/login(\/|$)/.test(path)) {
        response.end('{"auth":{"client_token":"token-of-the-login","lease_duration":60}}')
      } else if (path.startsWith('sys/internal/ui/mounts/')) {
        response.end('{"data":{"type":"kv","path":"secret/","options":{"version":"2"}}}')
      } else if (path === 'secret/data/api') {
        response.end('{"data":{"data":{"key":"value"},"metadata":{"version":1}}}')
      } else response.writeHead(path === 'auth/token/revoke-self' ? 204 : 404).end()
    })
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function startVault(seen: Seen[] = []): Promise<string> {
  const settings = { cert: good.cert, key: good.key, ca: client.cert, requestCert: true, rejectUnauthorized: false }
  return `https://127.0.0.1:${await listen(createServer(settings, answering(seen)))}`
}

const key = 'k=vault://secret/api#key'
const run = (VAULT_ADDR: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  runToolWith(tool, ['--timeout=10s', key, ...words], { VAULT_ADDR, ...more })

test('a CA or a name that does not fit ends at once, before anything is sent', async () => {
  const seen: Seen[] = []
  const address = await startVault(seen)
  const ann = { FETCH_SECRET_VAULT_USERNAME: 'ann', FETCH_SECRET_VAULT_PASSWORD: 'password-of-ann' }
  for (const words of [[], ['--tls-ca', stranger.file], ['--tls-ca', good.file, '--tls-server-name', 'other.test']]) {
    const { code, log } = await run(address, words, ann)
    expect({ words, code }).toEqual({ words, code: 5 })
    expect(log).toMatch(/certificate of \S+ is .*hint: .*--tls-/)
  }
  expect(await run(address, ['--tls-ca', '/none/ca.pem'], ann)).toMatchObject({ code: 4 })
  const unverified = await run(address, [], { ...ann, VAULT_SKIP_VERIFY: 'true', VAULT_CAPATH: '/ca' })
  expect(unverified).toMatchObject({ code: 5, log: expect.stringContaining('VAULT_SKIP_VERIFY is not followed') })
  expect(unverified.log).toContain('VAULT_CAPATH is not followed')
  expect(seen).toEqual([])
  expect(volumeEntries()).toEqual([])
  for (const words of [[], ['--tls-server-name', 'vault.test']])
    expect(await run(address, words, { ...ann, VAULT_CACERT: good.file })).toMatchObject({ code: 0 })
})

test('cert: the certificate of the connection logs in, that of a stranger or none does not', async () => {
  const seen: Seen[] = []
  const address = await startVault(seen)
  const keyOf = (name: string, { key: text }: { key: string }): string => {
    writeFileSync(name, text)
    return name
  }
  const words = ['--vault-auth=cert', '--tls-ca', good.file]
  const own = ['--tls-cert', client.file, '--tls-key', keyOf('own.key', client)]
  expect(await run(address, [...words, ...own, '--vault-role=web'])).toMatchObject({ code: 0 })
  expect(seen[0]).toEqual({ path: 'auth/cert/login', body: { name: 'web' } })
  expect(seen.at(-1)?.path).toBe('auth/token/revoke-self')
  const other = ['--tls-cert', stranger.file, '--tls-key', keyOf('other.key', stranger)]
  expect(await run(address, [...words, ...other])).toMatchObject({ code: 3 })
  expect(await run(address, words)).toMatchObject({ code: 2, log: expect.stringContaining('--tls-cert is missing') })
  expect(await run(address, [...words, '--tls-cert', client.file])).toMatchObject({ code: 2 })
})

const credentials = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-key-of-aws' }

// hashicorp/vault#6268 and #7397, hvac#251: a request for the region of the Pod is refused by the STS that the server asks.
test('aws: signed for the global STS whatever the region of the Pod, or for that of --vault-aws-region', async () => {
  const seen: Seen[] = []
  const address = await startVault(seen)
  const words = ['--vault-auth=aws', '--vault-role=web', '--tls-ca', good.file]
  const pod = { ...credentials, AWS_SESSION_TOKEN: 'session-token-of-aws', AWS_REGION: 'eu-west-1' }
  expect(await run(address, words, pod)).toMatchObject({ code: 0 })
  const login = () => seen.findLast(({ path }) => path === 'auth/aws/login')?.body
  expect(checked(login())).toEqual({
    role: 'web',
    url: 'https://sts.amazonaws.com/',
    region: 'us-east-1',
    id: undefined,
  })
  const configured = ['--vault-aws-region=cn-north-1', '--vault-aws-server-id=vault.test']
  expect(await run(address, [...words, ...configured], pod)).toMatchObject({ code: 0 })
  expect(checked(login())).toEqual({
    role: 'web',
    url: 'https://sts.cn-north-1.amazonaws.com.cn/',
    region: 'cn-north-1',
    id: 'vault.test',
  })
  expect(await run(address, [...words, '--vault-aws-region=evil.test/'], pod)).toMatchObject({ code: 2 })
})

/** What a login says, its signature computed again as STS does (IAM User Guide, "Create a signed AWS API request"). */
function checked(login: Seen['body']) {
  const text = (name: string): string => Buffer.from(login[name], 'base64').toString()
  const url = new URL(text('iam_request_url'))
  const headers = new Map(
    Object.entries<string>(JSON.parse(text('iam_request_headers'))).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const [, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      headers.get('authorization') ?? '',
    ) ?? []
  const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex')
  const hmac = (by: string | Buffer, value: string): Buffer => createHmac('sha256', by).update(value).digest()
  const signed = names.split(';').map((name) => `${name}:${headers.get(name)}\n`)
  const body = sha256(text('iam_request_body'))
  const request = [login.iam_http_request_method, url.pathname, '', signed.join(''), names, body].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers.get('x-amz-date'), scope, sha256(request)].join('\n')
  const by = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.AWS_SECRET_ACCESS_KEY}`)
  expect(signature).toBe(hmac(by, toSign).toString('hex'))
  expect(headers.get('host')).toBe(url.host)
  expect(text('iam_request_body')).toBe('Action=GetCallerIdentity&Version=2011-06-15')
  expect(names).toContain('x-amz-security-token')
  const id = headers.get('x-vault-aws-iam-server-id')
  expect(names.includes('x-vault-aws-iam-server-id')).toBe(id !== undefined)
  return { role: login.role, url: url.href, region: scope.split('/')[1], id }
}

// vault-secrets-operator#915, vault-lambda-extension#20
test.each([
  ['error validating X-Vault-AWS-IAM-Server-ID header: missing header', '--vault-aws-server-id gives it'],
  ['SignatureDoesNotMatch: Credential should be scoped to a valid region', '--vault-aws-region must name'],
])('aws: what the server says of "%s" has its hint', async (said, hint) => {
  const refusing = createPlain((_, response) => response.writeHead(400).end(JSON.stringify({ errors: [said] })))
  const address = `http://127.0.0.1:${await listen(refusing)}`
  const { code, log } = await run(address, ['--vault-auth=aws', '--vault-role=web'], credentials)
  expect(code).toBe(3)
  expect(log).toContain(hint)
})

test('an address with http:// of a server that wants https, and one that ends in /v1', async () => {
  const go = createPlain((_, response) =>
    response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n'),
  )
  const plain = `http://127.0.0.1:${await listen(go)}`
  expect(await run(plain, [], { VAULT_TOKEN: 'given-token' })).toMatchObject({
    code: 5,
    log: expect.stringMatching(/speaks only https \(hint: write https:\/\/127/),
  })
  for (const path of ['/v1', '/v1/', '/'])
    expect(await run(`${await startVault()}${path}`, ['--tls-ca', good.file], { VAULT_TOKEN: 't' })).toMatchObject({
      code: 0,
    })
})

test.each([0o000, 0o077, 0o777])('each output has its own mode under umask %o', async (mask) => {
  const address = await startVault()
  const before = process.umask(mask)
  onTestFinished(() => void process.umask(before))
  const words = ['--tls-ca', good.file, 'd/own=vault://secret/api#key&mode=0404']
  expect(await run(address, words, { VAULT_TOKEN: 't' })).toMatchObject({ code: 0 })
  const modes = ['k', 'd/own', 'd'].map((path) => statSync(path).mode & 0o777)
  expect(modes).toEqual([0o440, 0o404, 0o750])
})

test('through a proxy, which sees a CONNECT and no secret', async () => {
  const address = await startVault()
  const lines: string[] = []
  const proxy = createPlain().on('connect', (request, socket, head) => {
    lines.push(`${request.method} ${request.url}`)
    const onward = connect(Number(new URL(address).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    for (const each of [onward, socket]) each.on('error', () => {})
  })
  const proxied = ['--proxy', `http://127.0.0.1:${await listen(proxy)}`]
  const words = [...proxied, '--tls-ca', good.file, '--tls-server-name', 'vault.test']
  expect(await run('https://vault.test', words, { VAULT_TOKEN: 't' })).toMatchObject({ code: 0 })
  expect(new Set(lines)).toEqual(new Set(['CONNECT vault.test:443']))
})

test('IRSA: STS is asked through the proxy, and its certificate is checked with AWS_CA_BUNDLE', async () => {
  const lines: string[] = []
  const places: Record<string, number> = {}
  const proxy = createPlain().on('connect', (request, socket) => {
    lines.push(request.url ?? '')
    const onward = connect(places[request.url ?? ''] ?? 1, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const each of [onward, socket]) each.on('error', () => {})
  })
  const sts = createServer({ cert: good.cert, key: good.key }, (request, response) => {
    const given = { AccessKeyId: 'AKIDROLE', SecretAccessKey: 'key-of-the-role', SessionToken: 'session-of-the-role' }
    request.resume()
    response.end(JSON.stringify({ Credentials: given }))
  })
  const amazon = createServer({ cert: good.cert, key: good.key }, (request, response) => {
    const isSigned = /Credential=AKIDROLE\//.test(request.headers.authorization ?? '')
    request.resume()
    response.writeHead(isSigned ? 200 : 403, { 'content-type': 'application/x-amz-json-1.1' })
    response.end('{"Name":"db","SecretString":"value of amazon","VersionId":"1"}')
  })
  places['vault.test:443'] = await listen(amazon)
  places['vault.test:8443'] = await listen(sts)
  writeFileSync('token', 'jwt-of-the-pod')
  const environment = {
    AWS_REGION: 'eu-west-1',
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/web',
    AWS_WEB_IDENTITY_TOKEN_FILE: 'token',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'https://vault.test',
    AWS_ENDPOINT_URL_STS: 'https://vault.test:8443',
    HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}`,
  }
  expect(await runToolWith(tool, ['db=aws-sm://db'], environment)).toMatchObject({ code: 5 })
  expect(await runToolWith(tool, ['db=aws-sm://db'], { ...environment, AWS_CA_BUNDLE: good.file })).toMatchObject({
    code: 0,
  })
  expect(new Set(lines)).toEqual(new Set(['vault.test:8443', 'vault.test:443']))
})

test('Pod Identity: the token of its file, and the session token in the request that is signed', async () => {
  const agent = createPlain(({ headers }, response) => {
    if (headers.authorization !== 'token-of-the-pod') return void response.writeHead(401).end()
    const given = { AccessKeyId: 'AKIDPOD', SecretAccessKey: 'key-of-the-pod', Token: 'session-of-the-pod' }
    response.end(JSON.stringify({ ...given, Expiration: new Date(Date.now() + 3_600_000).toISOString() }))
  })
  const sent: IncomingMessage['headers'][] = []
  const amazon = createPlain(({ headers }, response) => {
    sent.push(headers)
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end('{"Name":"db","SecretString":"value of amazon","VersionId":"1"}')
  })
  writeFileSync('token', 'token-of-the-pod')
  const { code } = await runToolWith(tool, ['db=aws-sm://db'], {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${await listen(amazon)}`,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${await listen(agent)}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: 'token',
  })
  expect(code).toBe(0)
  expect(readFileSync('db', 'utf8')).toBe('value of amazon')
  expect(sent[0]).toMatchObject({ 'x-amz-security-token': 'session-of-the-pod' })
  expect(sent[0]?.authorization).toMatch(/Credential=AKIDPOD\/.*x-amz-security-token/)
})

/** Secrets Manager with the secrets a, b and c; `batch` says whether it may be asked for several. */
async function startAmazon(actions: string[], mayBatch: () => boolean): Promise<Readonly<Record<string, string>>> {
  const known = new Set(['a', 'b', 'c', 'arn:aws:secretsmanager:eu-west-1:1:secret:d-AbCdEf'])
  const valueOf = (id: string) => ({ ARN: id, Name: id, VersionId: '1', SecretString: `value of ${id}` })
  const server = createPlain((request, response) => {
    let text = ''
    request.on('data', (piece) => (text += piece))
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).replace('secretsmanager.', '')
      actions.push(action)
      const body = JSON.parse(text)
      const fail = (type: string): void =>
        void response.writeHead(400).end(JSON.stringify({ __type: type, message: 'no' }))
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      if (action === 'BatchGetSecretValue') {
        if (!mayBatch()) return fail('AccessDeniedException')
        const found = body.SecretIdList.filter((id: string) => known.has(id))
        return void response.end(JSON.stringify({ SecretValues: found.map(valueOf), Errors: [] }))
      }
      if (!known.has(body.SecretId)) return fail('ResourceNotFoundException')
      response.end(JSON.stringify(valueOf(body.SecretId)))
    })
  })
  return { ...credentials, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: `http://127.0.0.1:${await listen(server)}` }
}

test('--aws-batch asks for several at once, for each by itself where that is refused, and says what is missing', async () => {
  const actions: string[] = []
  let mayBatch = true
  const environment = await startAmazon(actions, () => mayBatch)
  const arn = 'arn:aws:secretsmanager:eu-west-1:1:secret:d-AbCdEf'
  const words = ['--aws-batch', 'a=aws-sm://a', 'b=aws-sm://b', 'c=aws-sm://c', `d=aws-sm://${arn}`]
  expect(await runToolWith(tool, words, environment)).toMatchObject({ code: 0 })
  expect(actions).toEqual(['BatchGetSecretValue'])
  expect(readFileSync('d', 'utf8')).toBe(`value of ${arn}`)

  actions.length = 0
  expect(await runToolWith(tool, [...words, 'x=aws-sm://x'], environment)).toMatchObject({
    code: 4,
    log: expect.stringContaining('cannot read aws-sm://x in eu-west-1: ResourceNotFoundException'),
  })
  expect(actions).toEqual(['BatchGetSecretValue', 'GetSecretValue'])

  mayBatch = false
  actions.length = 0
  const { code, log } = await runToolWith(tool, words, environment)
  expect(code).toBe(0)
  expect(log).toContain('cannot read 4 secrets at once: AccessDeniedException: no; asking for each by itself')
  expect(actions).toEqual(['BatchGetSecretValue', ...Array(4).fill('GetSecretValue')])
  const planned = await runBundle(['plan', ...words], environment)
  expect(planned.said).toMatch(/"secretsmanager:BatchGetSecretValue",\s+"Resource": \[\s+"\*"/)
})

test('plan prints the IAM policy that the README of examples/aws-secret shows', async () => {
  const folder = join(import.meta.dirname, '../../examples/aws-secret')
  const environment = { ...(await startAmazon([], () => true)), AWS_REGION: 'eu-central-1' }
  const words = [...readFileSync(join(folder, 'pod.yaml'), 'utf8').matchAll(/^ +- (\S+=aws-\S+)$/gm)].map(
    ([, word = '']) => word,
  )
  expect(words).toHaveLength(3)
  // None of them is there, which plan tells too.
  const { code, said } = await runBundle(['plan', ...words], environment)
  expect({ code, said }).toEqual({ code: 4, said: expect.stringContaining('NOT THERE') })
  const [, policy = ''] = /IAM policy:\n\n([^]*?\n\})\n/.exec(said) ?? []
  const [, shown = ''] = /```json\n([^]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []
  const sorted = (text: string) =>
    JSON.parse(text).Statement.toSorted((a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const listed = (statement: { Resource: string | string[] }) => ({
    ...statement,
    Resource: [statement.Resource].flat(),
  })
  expect(sorted(policy).map(listed)).toEqual(sorted(shown).map(listed))
})

test('the CA of Vault is not that of AWS: a run of both takes AWS_CA_BUNDLE for AWS', async () => {
  const address = await startVault()
  const amazon = createServer({ cert: stranger.cert, key: stranger.key }, (request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end('{"Name":"db","SecretString":"value of amazon","VersionId":"1"}')
  })
  const both = {
    ...credentials,
    VAULT_TOKEN: 't',
    VAULT_CACERT: good.file,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `https://127.0.0.1:${await listen(amazon)}`,
  }
  expect(await run(address, ['db=aws-sm://db'], both)).toMatchObject({ code: 5 })
  expect(await run(address, ['db=aws-sm://db'], { ...both, AWS_CA_BUNDLE: stranger.file })).toMatchObject({ code: 0 })
})

test('the file of a key that is gone stays with --publish files, and goes with symlink', async () => {
  const keys: Record<string, string> = { old: '1', stays: '2' }
  const server = createPlain(({ url = '' }, response) => {
    const data = url.includes('/mounts/') ? { type: 'kv', path: 'secret/', options: { version: '1' } } : keys
    response.end(JSON.stringify({ data }))
  })
  const environment = { VAULT_ADDR: `http://127.0.0.1:${await listen(server)}`, VAULT_TOKEN: 't' }
  const runs = async (how: string) => {
    const words = ['--publish', how, `${how}/=vault://secret/api`]
    keys['old'] = '1'
    expect(await runToolWith(tool, words, environment)).toMatchObject({ code: 0 })
    delete keys['old']
    expect(await runToolWith(tool, words, environment)).toMatchObject({ code: 0 })
    return ['old', 'stays'].map((name) => statSync(`${how}/${name}`, { throwIfNoEntry: false }) !== undefined)
  }
  expect(await runs('files')).toEqual([true, true])
  expect(await runs('symlink')).toEqual([false, true])
})
