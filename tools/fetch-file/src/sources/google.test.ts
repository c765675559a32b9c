import { readFileSync, writeFileSync } from 'node:fs'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { beforeEach, expect, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

// Cloud Storage's XML API and the metadata server as Google documents them (and fake-gcs-server 1.56 by hand, which does not
// encode names in lists): a token or 401 with XML, objects by path, lists
// with `list-type=2`; the metadata server answers nobody who does not send Metadata-Flavor.

const objects: Readonly<Record<string, string>> = { 'm/a.bin': 'aaa', 'm/deep/größe +.txt': 'odd', mine: 'one' }
let environment: Record<string, string>
let asked: string[]
/** Whether names in lists are encoded, as they are asked to be. */
let isEncoding = true

beforeEach(async () => {
  asked = []
  const storage = await httpServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gs')
    asked.push(`${request.headers.authorization}`)
    if (request.headers.authorization?.startsWith('Bearer ya29.') !== true)
      return response
        .writeHead(401, { 'content-type': 'application/xml; charset=UTF-8' })
        .end('<Error><Code>AuthenticationRequired</Code><Message>Authentication required.</Message></Error>')
    const key = decodeURIComponent(url.pathname.replace('/models/', ''))
    if (url.searchParams.get('list-type') !== '2') {
      const content = objects[key]
      if (content !== undefined) return response.writeHead(200, { etag: `"${key.length}"` }).end(content)
      response.writeHead(404, { 'content-type': 'application/xml' })
      return response.end('<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>')
    }
    const found = Object.entries(objects).filter(([name]) => name.startsWith(url.searchParams.get('prefix') ?? ''))
    const entries = found.map(
      ([name, content]) =>
        `<Contents><Key>${isEncoding ? encodeURIComponent(name) : name}</Key><Generation>1</Generation><LastModified>2026-11-03T10:00:00.000Z</LastModified><ETag>"${name.length}"</ETag><Size>${content.length}</Size></Contents>`,
    )
    return response.end(
      `<ListBucketResult>${isEncoding ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`,
    )
  })
  const metadata = await httpServer((request, response) => {
    const isRight = request.url === '/computeMetadata/v1/instance/service-accounts/default/token'
    if (request.headers['metadata-flavor'] !== 'Google' || !isRight) return response.writeHead(403).end()
    return response.end('{"access_token":"ya29.canary","expires_in":3599,"token_type":"Bearer"}')
  })
  environment = { STORAGE_EMULATOR_HOST: `127.0.0.1:${storage}`, GCE_METADATA_HOST: `127.0.0.1:${metadata}` }
})

const fetchFile = (words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<ToolRun> =>
  runToolWith(tool, words, { ...environment, ...more })

test.each([true, false])(
  'an object and a folder, by the Pod’s own service account; names are encoded: %s',
  async (encoding) => {
    isEncoding = encoding
    const { code, log } = await fetchFile(['one=gs://models/mine', 'model=gs://models/m/'])
    expect(code).toBe(0)
    expect(log).not.toContain('canary')
    expect(readFileSync('one', 'utf8')).toBe('one')
    expect(volumeEntries().filter((name) => name.startsWith('model'))).toEqual([
      'model',
      'model/a.bin',
      'model/deep',
      'model/deep/größe +.txt',
    ])
    expect(new Set(asked)).toEqual(new Set(['Bearer ya29.canary']))
    expect((await fetchFile(['one=gs://models/mine', 'model=gs://models/m/'])).log).toContain('2 outputs are unchanged')
  },
)

test('a token of a variable or of a file, and one that is no good', async () => {
  writeFileSync('token', 'ya29.file\n')
  expect(await fetchFile(['a=gs://models/mine'], { GOOGLE_OAUTH_ACCESS_TOKEN_FILE: 'token' })).toMatchObject({
    code: 0,
  })
  expect(await fetchFile(['b=gs://models/mine#token-env=T'], { T: 'ya29.own' })).toMatchObject({ code: 0 })
  expect(asked).toEqual(['Bearer ya29.file', 'Bearer ya29.own'])
  const denied = await fetchFile(['x=gs://models/mine#token-env=T'], { T: 'wrong' })
  expect(denied).toMatchObject({ code: 3, log: expect.stringContaining('AuthenticationRequired') })
  expect(await fetchFile(['x=gs://models/none'])).toMatchObject({ code: 4, log: expect.stringContaining('NoSuchKey') })
  expect(await fetchFile(['x=gs://models/none/'])).toMatchObject({ code: 4 })
  expect(await fetchFile(['x=gs://models/mine#token-env=T'])).toMatchObject({ code: 2 })
})

test('outside of Google, and without a token, it says what to do', async () => {
  const { code, log } = await fetchFile(['x=gs://models/mine'], { GCE_METADATA_HOST: 'no..name' })
  expect(log).toContain('gs:// finds no Google credentials (hint: give the service account one of Google')
  expect(code).toBe(2)
})

test('a metadata server that refuses is waited for: in GKE it comes some seconds after the Pod', async () => {
  const run = await fetchFile(['x=gs://models/mine', '--timeout=1s'], { GCE_METADATA_HOST: '127.0.0.1:1' })
  expect(run).toMatchObject({ code: 124, log: expect.stringMatching(/refused by 127\.0\.0\.1:1; trying again/) })
})
