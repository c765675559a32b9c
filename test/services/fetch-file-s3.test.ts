import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { presign, sign } from '../../packages/aws/src/index.ts'
import { runToolWith, seaweedfs, startService, type ToolRun, useVolume, type Service } from '@initbox/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'

useVolume()

const credentials = { accessKeyId: 'AKIAINITBOX', secretAccessKey: 'canary-secret' }
let server: Service<{ readonly url: string }>

/** More than one page of a listing. */
const many = 1_003

beforeAll(async () => {
  server = await startService(seaweedfs)
  for (const bucket of ['models', 'public']) await put(bucket)
  const objects: [path: string, body: string][] = [
    ['models/m/', ''],
    ['models/m/config.json', '{}'],
    ['models/m/a/weights.bin', 'w'.repeat(3_000_000)],
    ['models/m/gr%C3%B6%C3%9Fe%20%2B%2525.txt', 'odd'],
    ['models/mine', 'other'],
    ['models/empty/', ''],
    ['public/open', 'for anybody'],
    ...Array.from({ length: many }, (_, index): [string, string] => [`models/many/${index % 7}/${index}`, `${index}`]),
  ]
  const queue = objects.values()
  const worker = async (): Promise<void> => {
    for (const [path, body] of queue) await put(path, body)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}, 300_000)
afterAll(() => server.stop())

async function put(path: string, body = ''): Promise<void> {
  const url = new URL(`${server.url}/${path}`)
  const signer = { credentials, region: 'us-east-1', service: 's3' }
  const headers = Object.fromEntries(sign({ method: 'PUT', url, body }, signer))
  const { ok, status } = await fetch(url, { method: 'PUT', headers, body })
  if (!ok) throw new Error(`PUT ${path}: ${status}`)
}

function fetchFile(words: readonly string[], secret = credentials.secretAccessKey): Promise<ToolRun> {
  const environment = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: secret }
  return runToolWith(tool, ['--s3-endpoint', server.url, ...words], environment)
}

test('a folder is what is below it, with its tree and without its markers', async () => {
  const { code, log } = await fetchFile(['model=s3://models/m/'])
  expect(log).toContain('fetched model: 3 files')
  expect(code).toBe(0)
  expect(readdirSync('model').toSorted()).toEqual(['a', 'config.json', 'größe +%25.txt'])
  expect(readFileSync('model/a/weights.bin').length).toBe(3_000_000)
  expect((await fetchFile(['model=s3://models/m/'])).log).toContain('model is unchanged')
})

test('more than a thousand keys', async () => {
  const { code, log } = await fetchFile(['many=s3://models/many/'])
  expect(log).toContain(`fetched many: 1,003 files`)
  expect(code).toBe(0)
  expect(readFileSync(`many/${(many - 1) % 7}/${many - 1}`, 'utf8')).toBe(`${many - 1}`)
})

test('an exact object is that one and asked for once; what begins like it is another', async () => {
  expect((await fetchFile(['one=s3://models/mine'])).code).toBe(0)
  expect(readFileSync('one', 'utf8')).toBe('other')
  expect((await fetchFile(['one=s3://models/mine'])).log).toContain('one is unchanged')
  const chosen = await fetchFile(['some=s3://models/m/#include=*.json'])
  expect(chosen.log).toContain('fetched some: 2 B')
  expect(readdirSync('some')).toEqual(['config.json'])
})

test.each([
  ['a prefix that is neither object nor folder', 's3://models/m', 4],
  ['a folder that is none', 's3://models/none/', 4],
  ['a folder of which there is only its marker', 's3://models/empty/', 4],
  ['a bucket that is none', 's3://nothing/key', 4],
])('%s is an error', async (_what, source, code) => {
  const run = await fetchFile([`x=${source}`])
  expect(run.code).toBe(code)
  expect(run.log).toContain(source)
})

test('a wrong secret is denied, and never told', async () => {
  const { code, log } = await fetchFile(['x=s3://models/mine'], 'wrong-secret')
  expect(log).toContain('403')
  expect(log).not.toContain('wrong-secret')
  expect(code).toBe(3)
})

test('a public bucket needs no login, and a private one does', async () => {
  const words = ['--s3-endpoint', server.url, '--s3-anonymous']
  const open = await runToolWith(tool, [...words, 'open=s3://public/open'])
  expect(open.code).toBe(0)
  expect(readFileSync('open', 'utf8')).toBe('for anybody')
  expect((await runToolWith(tool, [...words, 'all=s3://public/'])).log).toContain('fetched all: 11 B')
  expect((await runToolWith(tool, [...words, 'x=s3://models/mine'])).code).toBe(3)
})

afterEach(() => void vi.useRealTimers())

test('a signature that is too old, or of a clock that is, is denied in the words of the server', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
  const { code, log } = await fetchFile(['x=s3://models/mine'])
  expect(code).toBe(3)
  expect(log).toContain('403 Forbidden: RequestTimeTooSkewed')
})

test.each([
  ['as it was signed', {}, 0, ''],
  ['after its end', { now: new Date(Date.now() - 3_600_000) }, 3, 'a presigned URL may be too old'],
  [
    'with a key that nobody has',
    { credentials: { ...credentials, secretAccessKey: 'wrong' } },
    3,
    'SignatureDoesNotMatch',
  ],
])('a presigned URL %s', async (_what, other, code, told) => {
  const url = new URL(`${server.url}/models/mine`)
  const signed = presign({ url, expires: 600 }, { credentials, region: 'us-east-1', service: 's3', ...other })
  const run = await runToolWith(tool, [`x=${signed}`])
  expect(run.log).toContain(told)
  expect(run.code).toBe(code)
  expect(existsSync('x')).toBe(code === 0)
})

test('a presigned URL for another object, or with another query, is denied', async () => {
  const url = new URL(`${server.url}/models/mine`)
  const signed = presign({ url, expires: 600 }, { credentials, region: 'us-east-1', service: 's3' })
  for (const tampered of [signed.replace('/mine?', '/m/config.json?'), signed.replace('Expires=600', 'Expires=60000')])
    expect(await runToolWith(tool, [`x=${tampered}`])).toMatchObject({ code: 3 })
})
