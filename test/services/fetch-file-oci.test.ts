import { createHash, sign, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeCertificate } from '@initbox/testing/certificate'
import {
  moto,
  registry,
  registryLogin,
  runToolWith,
  type Service,
  startService,
  useVolume,
  volumeEntries,
  withService,
} from '@initbox/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'

useVolume()

type Registry = Service<{ readonly url: string }>
type Headers = Readonly<Record<string, string>>
const digest = (bytes: Buffer | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const weights = Buffer.alloc(5_000_000, 'weights')
const basic = { authorization: `Basic ${btoa('initbox:secret')}` }

/** Pushes bytes (distribution-spec "Pushing a blob monolithically"). */
async function pushBlob(url: string, bytes: Buffer, headers: Headers): Promise<void> {
  const begun = await fetch(`${url}/v2/org/model/blobs/uploads/`, { method: 'POST', headers })
  const place = new URL(begun.headers.get('location') ?? '', url)
  place.searchParams.set('digest', digest(bytes))
  const { status } = await fetch(place, { method: 'PUT', headers, body: new Uint8Array(bytes) })
  if (status !== 201) throw new Error(`blob: ${status}`)
}

/** Pushes an artifact as `oras push` does, and returns its digest. */
async function push(
  url: string,
  tag: string,
  files: Readonly<Record<string, Buffer>>,
  headers: Headers = {},
): Promise<string> {
  const empty = Buffer.from('{}')
  for (const bytes of [empty, ...Object.values(files)]) await pushBlob(url, bytes, headers)
  const descriptor = (bytes: Buffer, mediaType: string, annotations = {}) => ({
    mediaType,
    digest: digest(bytes),
    size: bytes.length,
    annotations,
  })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor(empty, 'application/vnd.unknown.config.v1+json'),
    layers: Object.entries(files).map(([name, bytes]) =>
      descriptor(bytes, 'application/vnd.oci.image.layer.v1.tar', { 'org.opencontainers.image.title': name }),
    ),
  })
  await pushManifest(url, tag, manifest, 'application/vnd.oci.image.manifest.v1+json', headers)
  return digest(manifest)
}

async function pushManifest(url: string, tag: string, body: string, type: string, headers: Headers): Promise<void> {
  const answer = await fetch(`${url}/v2/org/model/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': type },
    body,
  })
  if (answer.status !== 201) throw new Error(`manifest: ${answer.status} ${await answer.text()}`)
}

const run = (words: string, ...more: string[]) => runToolWith(tool, [words, ...more])
const seen = (): string[] => volumeEntries().filter((name) => !name.startsWith('.'))

let open: Registry
beforeAll(async () => {
  open = await startService(registry)
}, 120_000)
afterAll(() => open.stop())

test('a file, all files, a platform of an index, and a digest that pins them', async () => {
  const name = `127.0.0.1:${open.port}/org/model`
  const one = await push(open.url, 'v1', { 'model.bin': weights })
  const plain = await run(`model.bin=oci://${name}:v1`)
  expect(plain.log).toContain('fetched model.bin: 5 MB')
  expect(plain.log).toContain('nothing says what')
  expect(readFileSync('model.bin').equals(weights)).toBe(true)
  expect((await run(`model.bin=oci://${name}:v1`)).log).toContain('model.bin is unchanged')

  const pinned = await run(`pinned=oci://${name}@${one}`)
  expect(pinned.log).not.toContain('nothing says what')
  expect(pinned.code).toBe(0)

  const two = await push(open.url, 'v2', { 'a.txt': Buffer.from('a'), 'docs/größe.txt': Buffer.from('b') })
  expect((await run(`all=oci://${name}:v2`)).log).toContain('fetched all: 2 files')
  expect((await run(`b=oci://${name}:v2#file=docs/größe.txt`)).code).toBe(0)

  const entry = (of: string, architecture: string) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: of,
    size: 1,
    platform: { os: 'linux', architecture },
  })
  const index = JSON.stringify({ schemaVersion: 2, manifests: [entry(one, 'amd64'), entry(two, 'arm64')] })
  await pushManifest(open.url, 'multi', index, 'application/vnd.oci.image.index.v1+json', {})
  expect((await run(`arm=oci://${name}:multi#platform=linux/arm64`)).log).toContain('fetched arm: 2 files')
  expect(seen()).toEqual(
    [
      'all',
      'all/a.txt',
      'all/docs',
      'all/docs/größe.txt',
      'arm',
      'arm/a.txt',
      'arm/docs',
      'arm/docs/größe.txt',
      'b',
      'model.bin',
      'pinned',
    ].toSorted(),
  )

  const none = await run(`x=oci://${name}:none`)
  expect(none.log).toContain('404 Not Found: MANIFEST_UNKNOWN: manifest unknown')
  expect(none.code).toBe(4)
}, 60_000)

test('a registry with users: the login of config.json, another one, and none', () =>
  withService(
    registry,
    async ({ url, port }) => {
      await push(url, 'v1', { 'model.bin': weights }, basic)
      const host = `127.0.0.1:${port}`
      const config = (password: string): string => {
        writeFileSync('.config.json', JSON.stringify({ auths: { [host]: { auth: btoa(`initbox:${password}`) } } }))
        return '--docker-config=.config.json'
      }
      const good = await run(`a=oci://${host}/org/model:v1`, config('secret'))
      expect(good.log).toContain('fetched a: 5 MB')
      expect(good.code).toBe(0)
      const other = await run(`b=oci://${host}/org/model:v1`, config('other'))
      expect(other.log).toContain('401 Unauthorized: UNAUTHORIZED: authentication required (hint: the login was sent')
      expect(other.code).toBe(3)
      const none = await run(`b=oci://${host}/org/model:v1`)
      expect(none.log).toContain('wants a user and a password')
      expect(none.code).toBe(3)
      const environment = { DOCKER_CONFIG: process.cwd() }
      writeFileSync(
        'config.json',
        readFileSync('.config.json', 'utf8').replace(btoa('initbox:other'), btoa('initbox:secret')),
      )
      expect((await runToolWith(tool, [`b=oci://${host}/org/model:v1`], environment)).code).toBe(0)
    },
    { environment: registryLogin },
  ))

test('a private registry of AWS: the login that ECR gives for what the Pod has', () =>
  withService(moto, async ({ url }) => {
    await push(open.url, 'ecr', { 'model.bin': weights })
    const asked = new Set<string>()
    // In the place of the name's address: what would go to ECR goes to a registry that a login is wanted for here.
    const proxy = createServer((request, response) => {
      const { host, pathname } = new URL(request.url ?? '')
      const login = request.headers.authorization ?? ''
      asked.add(`${host} ${login}`)
      if (login === '') return response.writeHead(401, { 'www-authenticate': 'Basic realm="ecr"' }).end()
      const forwarded = { method: 'GET', path: pathname, headers: { accept: request.headers.accept ?? '*/*' } }
      return httpRequest(open.url, forwarded, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      }).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void proxy.close())
    await new Promise((resolve) => proxy.once('listening', resolve))
    const environment = {
      HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 'canary-secret',
    }
    const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com'
    const { code, log } = await runToolWith(tool, [`a=oci://${host}/org/model:ecr`, '--oci-plain-http'], environment)
    expect(log).toContain('fetched a: 5 MB')
    expect(code).toBe(0)
    expect([...asked]).toEqual([`${host} `, `${host} ${`Basic ${btoa('AWS:123456789012-auth-token')}`}`])
    expect(log).not.toContain('auth-token')
  }))

test('a registry that takes tokens of another server, which signs them', async () => {
  const issuer = makeCertificate()
  onTestFinished(() => issuer.remove())
  const granted: string[] = []
  /** Distribution "Token Authentication Specification": a JWT that the registry checks against the issuer's certificate. */
  const token = (scope: string): string => {
    const [type = '', name = '', actions = ''] = scope.split(':')
    const now = Math.floor(Date.now() / 1_000)
    const claims = {
      iss: 'test',
      sub: 'initbox',
      aud: 'registry',
      exp: now + 60,
      nbf: now - 60,
      iat: now,
      jti: String(granted.length),
      access: [{ type, name, actions: actions.split(',') }],
    }
    const x5c = [new X509Certificate(issuer.cert).raw.toString('base64')]
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${encode({ typ: 'JWT', alg: 'ES256', x5c })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(text), { key: issuer.key, dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x')
    if (request.headers.authorization !== basic.authorization) return response.writeHead(401).end()
    granted.push(`${searchParams.get('service')} ${searchParams.get('scope')}`)
    return response.end(JSON.stringify({ token: token(searchParams.get('scope') ?? ''), expires_in: 60 }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  await withService(
    registry,
    async ({ url, port }) => {
      const headers = { authorization: `Bearer ${token('repository:org/model:pull,push')}` }
      await push(url, 'v1', { 'model.bin': weights, 'b.txt': Buffer.from('b') }, headers)
      const host = `127.0.0.1:${port}`
      writeFileSync('.config.json', JSON.stringify({ auths: { [host]: { auth: btoa('initbox:secret') } } }))
      const good = await run(`all=oci://${host}/org/model:v1`, '--docker-config=.config.json')
      expect(good.log).toContain('fetched all: 2 files')
      expect(granted).toEqual(['registry repository:org/model:pull'])
      const none = await run(`x=oci://${host}/org/model:v1`)
      expect(none.log).toContain('cannot get a token')
      expect(none.code).toBe(3)
    },
    {
      environment: {
        REGISTRY_AUTH: 'token',
        REGISTRY_AUTH_TOKEN_REALM: realm,
        REGISTRY_AUTH_TOKEN_SERVICE: 'registry',
        REGISTRY_AUTH_TOKEN_ISSUER: 'test',
        REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: '/issuer.pem',
      },
      flags: ['--volume', `${issuer.file}:/issuer.pem:ro`],
    },
  )
}, 60_000)
