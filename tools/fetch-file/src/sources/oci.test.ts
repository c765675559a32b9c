import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { writeTar } from '@initbox/archive/tar'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { expect, onTestFinished, test } from 'vitest'
import { tool } from '../tool.ts'

// Registries that lie, and those that ask for tokens in odd ways; a real one is in test/services/fetch-file-oci.test.ts.

useVolume()

const digest = (bytes: Buffer | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const title = 'org.opencontainers.image.title'
const layer = (content: Buffer | string, annotations: object = {}) => ({
  mediaType: 'application/octet-stream',
  digest: digest(content),
  size: Buffer.byteLength(content),
  annotations,
})
const manifestOf = (...layers: object[]): string => JSON.stringify({ schemaVersion: 2, layers })

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Answer = string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void)

/** A registry with the repository `m`: what it answers for `manifests/…` and `blobs/…`. */
async function registry(answers: Readonly<Record<string, Answer>>): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = []
  const host = await serve((request, response) => {
    const path = (request.url ?? '').replace('/v2/m/', '')
    asked.push(`${path}${request.headers.authorization === undefined ? '' : ` ${request.headers.authorization}`}`)
    const answer = answers[path]
    if (typeof answer === 'function') answer(request, response)
    else if (answer === undefined)
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
    else response.end(answer)
  })
  return { host, asked }
}

const run = (words: string, ...more: string[]) => runToolWith(tool, [words, ...more])
const seen = (): string[] => volumeEntries().filter((name) => !name.startsWith('.'))
const config = (host: string, entry: object = { auth: Buffer.from('user:hunter2').toString('base64') }): string => {
  writeFileSync('.config.json', JSON.stringify({ auths: { [host]: entry } }))
  return '--docker-config=.config.json'
}

const weights = 'weights '.repeat(1_000)

test('one layer is the file; it is asked for once, and for its manifest each time', async () => {
  const { host, asked } = await registry({
    'manifests/v1': manifestOf(layer(weights)),
    [`blobs/${digest(weights)}`]: weights,
  })
  const { code, log } = await run(`model.bin=oci://${host}/m:v1`)
  expect(log).toContain('fetched model.bin: 8 kB')
  expect(code).toBe(0)
  expect(readFileSync('model.bin', 'utf8')).toBe(weights)
  expect((await run(`model.bin=oci://${host}/m:v1`)).log).toContain('model.bin is unchanged')
  expect(asked).toEqual(['manifests/v1', `blobs/${digest(weights)}`, 'manifests/v1'])
})

test('several files are a folder, one of them is named; what has no name is no file (oras-java#580)', async () => {
  const files = { 'a.txt': 'a', 'docs/b.txt': 'bb', empty: '' }
  const layers = Object.entries(files).map(([name, content]) => layer(content, { [title]: name }))
  const manifest = manifestOf(...layers, layer('no name'))
  const { host } = await registry({
    'manifests/v1': manifest,
    ...Object.fromEntries(Object.values(files).map((content) => [`blobs/${digest(content)}`, content])),
  })
  expect((await run(`all=oci://${host}/m:v1`)).log).toContain('fetched all: 3 files')
  expect(seen()).toEqual(['all', 'all/a.txt', 'all/docs', 'all/docs/b.txt', 'all/empty'])
  expect((await run(`all=oci://${host}/m:v1`)).log).toContain('all is unchanged')
  expect((await run(`b=oci://${host}/m:v1#file=docs/b.txt`)).code).toBe(0)
  expect(readFileSync('b', 'utf8')).toBe('bb')
  expect((await run(`c=oci://${host}/m:v1#file=${digest('a')}`)).code).toBe(0)
  const none = await run(`d=oci://${host}/m:v1#file=c.txt`)
  expect(none.log).toContain("has no file 'c.txt' (hint: it has a.txt, docs/b.txt, empty, sha256:")
  expect(none.code).toBe(4)
  const sums = await run(`a=oci://${host}/m:v1#file=a.txt&sha256=${'0'.repeat(64)}`)
  expect(sums.log).toContain(`expected ${'0'.repeat(64)}, got ${digest('a').slice(7)}`)
  expect(sums.code).toBe(5)
})

test('a folder that ORAS packed is unpacked, and one that is not by #unpack', async () => {
  const tar = gzipSync(writeTar([{ kind: 'file', path: 'site/index.html', mode: 0o644, content: Buffer.from('hi') }]))
  const packed = layer(tar, { [title]: 'site', 'io.deis.oras.content.unpack': 'true' })
  const { host } = await registry({
    'manifests/v1': manifestOf(packed),
    'manifests/v2': manifestOf(layer(tar)),
    [`blobs/${digest(tar)}`]: tar,
  })
  expect((await run(`one=oci://${host}/m:v1`)).code).toBe(0)
  expect((await run(`two=oci://${host}/m:v2#unpack&strip=1`)).code).toBe(0)
  expect(seen()).toEqual(['one', 'one/site', 'one/site/index.html', 'two', 'two/index.html'])
})

test('an index leads to the platform, and a digest on the way that lies is refused', async () => {
  const manifest = manifestOf(layer(weights))
  const entry = (architecture: string, bytes: string) => ({
    ...layer(bytes),
    platform: { os: 'linux', architecture },
  })
  const index = JSON.stringify({ schemaVersion: 2, manifests: [entry('arm64', manifest), entry('riscv64', 'other')] })
  const { host } = await registry({
    'manifests/v1': index,
    [`manifests/${digest(manifest)}`]: manifest,
    [`manifests/${digest('other')}`]: manifest,
    [`blobs/${digest(weights)}`]: weights,
  })
  expect((await run(`a=oci://${host}/m:v1#platform=linux/arm64`)).code).toBe(0)
  const lie = await run(`b=oci://${host}/m:v1#platform=linux/riscv64`)
  expect(lie.log).toContain(`has a manifest with another digest: expected ${digest('other')}`)
  expect(lie.code).toBe(5)
  const none = await run(`b=oci://${host}/m:v1#platform=linux/s390x`)
  expect(none.log).toContain('has nothing for linux/s390x (hint: it has linux/arm64, linux/riscv64)')
  expect(none.code).toBe(4)
})

test.each([
  ['another manifest than the pinned one', digest('x'), 'another digest'],
  ['another blob than the manifest says', 'lying-blob', 'has another sha256 than expected'],
  ['another manifest than its own header says', 'lying-header', 'another digest'],
  ['a manifest of 100 MB', 'large', 'is longer than'],
  ['indexes without end', 'deep', 'an index in an index in an index'],
  ['names that lead out', 'traversal', '..'],
  ['two files of one name', 'twice', 'a.txt'],
  ['a login page', 'page', 'is no JSON'],
])('a registry that sends %s is refused, and nothing is published', async (_name, target, told) => {
  const endless = (_request: IncomingMessage, response: ServerResponse): void => {
    const chunk = Buffer.alloc(1 << 20, ' ')
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', more)
    }
    response.on('error', () => {})
    more()
  }
  const deep = ['']
  for (let depth = 0; depth < 4; depth++)
    deep.unshift(JSON.stringify({ schemaVersion: 2, manifests: [layer(deep[0] ?? '')] }))
  const { host } = await registry({
    [`manifests/${digest('x')}`]: manifestOf(layer(weights)),
    'manifests/lying-blob': manifestOf(layer(weights)),
    [`blobs/${digest(weights)}`]: 'other',
    'manifests/lying-header': (_request, response) =>
      response.writeHead(200, { 'docker-content-digest': digest('x') }).end(manifestOf(layer(weights))),
    'manifests/large': endless,
    'manifests/deep': deep[0] ?? '',
    ...Object.fromEntries(deep.map((text) => [`manifests/${digest(text)}`, text])),
    'manifests/traversal': manifestOf(layer('a', { [title]: '../../etc/passwd' }), layer('b', { [title]: 'b' })),
    'manifests/twice': manifestOf(layer('a', { [title]: 'a.txt' }), layer('b', { [title]: 'a.txt' })),
    [`blobs/${digest('a')}`]: 'a',
    [`blobs/${digest('b')}`]: 'b',
    'manifests/page': '<html>log in</html>',
  })
  const reference = target.includes(':') ? `@${target}` : `:${target}`
  const { code, log } = await run(`out=oci://${host}/m${reference}`)
  expect(log).toContain(told)
  expect(code).toBe(5)
  expect(seen()).toEqual([])
})

test('a login is for the registry: a redirect to another host never gets it, nor does what asks there', async () => {
  const stolen: (string | undefined)[] = []
  const storage = await serve((request, response) => {
    stolen.push(request.headers.authorization)
    response.end(weights)
  })
  const thief = await serve((request, response) => {
    stolen.push(request.headers.authorization)
    response.writeHead(401, { 'www-authenticate': 'Basic realm="give"' }).end()
  })
  const basic = `Basic ${Buffer.from('user:hunter2').toString('base64')}`
  const guarded = (then: Answer) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization !== basic)
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end()
    return typeof then === 'function' ? then(request, response) : response.end(then)
  }
  const { host } = await registry({
    'manifests/v1': guarded(manifestOf(layer(weights))),
    [`blobs/${digest(weights)}`]: guarded((_request, response) =>
      response.writeHead(307, { location: `http://${storage}/blob?sig=1` }).end(),
    ),
    'manifests/v2': (_request, response) => response.writeHead(307, { location: `http://${thief}/` }).end(),
  })
  const good = await run(`a=oci://${host}/m:v1`, config(host))
  expect(good.log).toContain('fetched a')
  expect(good.log).not.toContain('hunter2')
  const bad = await run(`b=oci://${host}/m:v2`, config(host))
  expect(bad.code).toBe(3)
  expect(stolen).toEqual([undefined, undefined])
  const without = await run(`c=oci://${host}/m:v1`)
  expect(without.log).toContain('wants a user and a password (hint: no login was found for it: --docker-config')
  expect(without.code).toBe(3)
})

test.each([
  ['token', { auth: Buffer.from('user:hunter2').toString('base64') }, { token: 'T0KEN' }],
  [
    'access_token',
    { auth: Buffer.from('user:hunter2').toString('base64') },
    { access_token: 'T0KEN', expires_in: 300 },
  ],
  ['a refresh token', { identitytoken: 'hunter2' }, { access_token: 'T0KEN' }],
])('a token is fetched where the registry says (%s), and kept for all of its files', async (_name, entry, answer) => {
  const tokens: string[] = []
  const auth = await serve((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += piece))
    request.on('end', () => {
      tokens.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''} ${body}`)
      response.end(JSON.stringify(answer))
    })
  })
  const guarded = (then: string) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization === 'Bearer T0KEN') return response.end(then)
    const challenge = `Bearer realm="http://${auth}/token?a=1",service="the registry",scope="repository:m:pull"`
    return response.writeHead(401, { 'www-authenticate': challenge }).end()
  }
  const { host, asked } = await registry({
    'manifests/v1': guarded(manifestOf(layer('a', { [title]: 'a' }), layer('b', { [title]: 'b' }))),
    [`blobs/${digest('a')}`]: guarded('a'),
    [`blobs/${digest('b')}`]: guarded('b'),
  })
  const { code, log } = await run(`out=oci://${host}/m:v1`, config(host, entry))
  expect(log).toContain('fetched out: 2 files')
  expect(code).toBe(0)
  expect(log).not.toMatch(/hunter2|T0KEN/)
  expect(asked[0]).toBe('manifests/v1')
  expect(tokens).toHaveLength(1)
  expect(tokens[0]).toMatch(
    'identitytoken' in entry
      ? /^POST \/token\?a=1 {2}service=the\+registry&scope=repository%3Am%3Apull&grant_type=refresh_token&refresh_token=hunter2/
      : /^GET \/token\?a=1&service=the\+registry&scope=repository%3Am%3Apull Basic /,
  )
})

test('who may not have a token is told so, and nothing is sent without TLS to a realm of a registry with it', async () => {
  const auth = await serve((_request, response) => response.writeHead(401).end('{"details":"incorrect username"}'))
  const { host } = await registry({
    'manifests/v1': (_request, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${auth}/token"` }).end(),
    'manifests/v2': (_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://a.test/token"' }).end(),
    'manifests/v3': (_request, response) => response.writeHead(429, { 'retry-after': '600' }).end(),
  })
  const denied = await run(`a=oci://${host}/m:v1`, config(host))
  expect(denied.log).toContain('401 Unauthorized: {"details":"incorrect username"} (hint: the login is not accepted)')
  expect(denied.code).toBe(3)
  const odd = await run(`a=oci://${host}/m:v2`, config(host))
  expect(odd.log).toContain('asks for a token of ftp://a.test, which is not asked without TLS')
  expect(odd.code).toBe(5)
  const throttled = await run(`a=oci://${host}/m:v3`, '--timeout=1s')
  expect(throttled.log).toContain('429 Too Many Requests')
  expect(throttled.code).toBe(124)
})

test.each([
  ['x=oci://r.test/Model:v1', 'upper case'],
  ['x=oci://user:pw@r.test/m', 'must begin with a registry'],
  ['x=http://r.test/m#file=a', 'which is for oci:// alone'],
])('%s is a mistake that is told', async (words, told) => {
  const { code, log } = await run(words)
  expect(log).toContain(told)
  expect(log).not.toContain('user:pw')
  expect(code).toBe(2)
})
