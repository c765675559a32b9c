import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

// As Azurite 3.37 answers (npm's azurite, 360 MB: tried by hand, with a SAS, a token and 5,200 blobs), and Entra as Microsoft
// documents it.

const blobs: Readonly<Record<string, string>> = {
  'm/a.bin': 'aaa',
  'm/deep': '',
  'm/deep/größe +%25.txt': 'odd',
  'm/marker/': '',
  mine: 'one',
}
const pageSize = 2
const right = 'sp=rl&sig=canary%2Fsas%3D'
let environment: Record<string, string>
let versions: Set<string | undefined>
let exchanged: URLSearchParams[]

beforeEach(async () => {
  versions = new Set()
  exchanged = []
  const storage = await httpServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://az')
    versions.add(request.headers['x-ms-version'] as string | undefined)
    const isAllowed =
      url.pathname.startsWith('/acc/open') ||
      request.headers.authorization === 'Bearer canary-token' ||
      url.search.includes(right)
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, { 'content-type': 'application/xml' })
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>told.</Message></Error>`)
    }
    if (!isAllowed) return refuse(403, 'AuthorizationFailure')
    const [, , container, ...rest] = url.pathname.split('/')
    if (container !== 'models' && container !== 'open') return refuse(404, 'ContainerNotFound')
    if (url.searchParams.get('comp') === 'list') return response.end(list(url.searchParams))
    const content = blobs[decodeURIComponent(rest.join('/'))]
    if (content === undefined) return refuse(404, 'BlobNotFound')
    return response.writeHead(200, { etag: `"0x${rest.join('').length}"` }).end(content)
  })
  const entra = await httpServer(async (request, response) => {
    const body = new URLSearchParams((await request.toArray()).join(''))
    exchanged.push(body)
    const isRight = request.url === '/tenant/oauth2/v2.0/token' && body.get('client_assertion') === 'jwt-of-the-pod'
    if (isRight) return void response.end('{"token_type":"Bearer","expires_in":86399,"access_token":"canary-token"}')
    const answer =
      '{"error":"invalid_client","error_description":"AADSTS70021: No matching federated identity record found"}'
    return void response.writeHead(401).end(answer)
  })
  environment = { AZURE_STORAGE_SERVICE_ENDPOINT: `http://127.0.0.1:${storage}/acc` }
  writeFileSync('jwt', 'jwt-of-the-pod\n')
  identity = {
    AZURE_CLIENT_ID: 'client',
    AZURE_TENANT_ID: 'tenant',
    AZURE_FEDERATED_TOKEN_FILE: 'jwt',
    AZURE_AUTHORITY_HOST: `http://127.0.0.1:${entra}/`,
  }
})
let identity: Record<string, string>

/** One page of "List Blobs". */
function list(query: URLSearchParams): string {
  const found = Object.keys(blobs).filter((name) => name.startsWith(query.get('prefix') ?? ''))
  const from = Number(query.get('marker') ?? 0)
  const entries = found.slice(from, from + pageSize).map((name) => {
    const metadata = name === 'm/deep' ? '<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>' : ''
    const called = name.includes('ö')
      ? `<Name Encoded="true">${encodeURIComponent(name)}</Name>`
      : `<Name>${name}</Name>`
    return `<Blob>${called}<Properties><Last-Modified>Tue, 01 Dec 2026 04:28:55 GMT</Last-Modified><Etag>0x${name.length}</Etag><Content-Length>${blobs[name]?.length}</Content-Length></Properties>${metadata}</Blob>`
  })
  const next = from + pageSize < found.length ? `<NextMarker>${from + pageSize}</NextMarker>` : '<NextMarker/>'
  return `<?xml version="1.0"?><EnumerationResults><Blobs>${entries.join('')}</Blobs>${next}</EnumerationResults>`
}

const fetchFile = (words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<ToolRun> =>
  runToolWith(tool, words, { ...environment, ...more })
const isOne = (): boolean => readFileSync('one', 'utf8') === 'one'

test('a blob and a folder of several pages, by the Pod’s workload identity, asked for once', async () => {
  const { code, log } = await fetchFile(['one=az://models/mine', 'model=az://models/m/'], identity)
  expect(log).not.toMatch(/canary|jwt-of/)
  expect(code).toBe(0)
  expect(isOne()).toBe(true)
  expect(volumeEntries().filter((name) => name.startsWith('model'))).toEqual([
    'model',
    'model/a.bin',
    'model/deep',
    'model/deep/größe +%25.txt',
  ])
  expect(exchanged.map((each) => each.get('scope'))).toEqual(['https://storage.azure.com/.default'])
  expect([...versions]).toEqual(['2023-11-03'])
  expect((await fetchFile(['one=az://models/mine', 'model=az://models/m/'], identity)).log).toContain('are unchanged')
})

test.each([
  ['a SAS', { AZURE_STORAGE_SAS_TOKEN: `?${right}` }, ''],
  ['a token in a file', { BLOB_TOKEN_FILE: 'token' }, '#token-env=BLOB_TOKEN'],
])('%s', async (_what, secrets, keys) => {
  writeFileSync('token', 'canary-token\n')
  const { code, log } = await fetchFile([`one=az://models/mine${keys}`, `m=az://models/m/${keys}`], secrets)
  expect(log).not.toContain('canary')
  expect(code).toBe(0)
  expect(isOne()).toBe(true)
  expect(exchanged).toEqual([])
})

test('a public container needs none of them; what does is told so, and how', async () => {
  expect(await fetchFile(['one=az://open/mine'])).toMatchObject({ code: 0 })
  const denied = await fetchFile(['x=az://models/mine'])
  expect(denied).toMatchObject({ code: 3, log: expect.stringMatching(/403.*AuthorizationFailure.*workload identity/) })
  const wrong = await fetchFile(['x=az://models/mine'], { AZURE_STORAGE_SAS_TOKEN: 'sp=rl&sig=wrong' })
  expect(wrong).toMatchObject({ code: 3, log: expect.stringContaining('was sent and not accepted') })
})

test.each([
  ['x=az://models/m', {}, 4, 'BlobNotFound'],
  ['x=az://models/none/', {}, 4, 'holds no blobs'],
  ['x=az://models/m/marker/', {}, 4, 'holds no blobs'],
  ['x=az://other/x', {}, 4, 'ContainerNotFound'],
  ['x=az://models/m', { AZURE_STORAGE_SERVICE_ENDPOINT: '' }, 2, 'AZURE_STORAGE_ACCOUNT is not set'],
  ['x=az://models/mine#token-env=NONE', {}, 2, 'neither $NONE nor $NONE_FILE is set'],
  ['x=az://models/mine', { AZURE_TENANT_ID: '' }, 2, 'no AZURE_TENANT_ID'],
])('%s with %j: %i', async (words, other, code, told) => {
  const run = await fetchFile([words], { ...identity, ...other })
  expect(run.log).toContain(told)
  expect(run.code).toBe(code)
  expect(existsSync('x')).toBe(false)
})

test('an identity that is not known there is denied in the words of Entra', async () => {
  writeFileSync('jwt', 'another')
  const { code, log } = await fetchFile(['x=az://models/mine'], identity)
  expect(log).toMatch(/401.*AADSTS70021.*federated credential/)
  expect(code).toBe(3)
})

test.each([
  ['az://acct.blob.core.windows.net/models/mine', {}],
  ['az://models/mine', { AZURE_STORAGE_ACCOUNT: 'acct' }],
])('%s is asked for at its account, over TLS', async (url, account) => {
  const asked: string[] = []
  const proxy = createServer((socket) =>
    socket.once('data', (bytes) => {
      asked.push(bytes.toString().split(' ')[1] ?? '')
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    }),
  ).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  await runToolWith(tool, [`x=${url}`, `--proxy=http://127.0.0.1:${port}`, '--timeout=1s'], account)
  expect(new Set(asked)).toEqual(new Set(['acct.blob.core.windows.net:443']))
})
