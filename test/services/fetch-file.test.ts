import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sign } from '../../packages/aws/src/index.ts'
import {
  moto,
  nginx,
  runToolWith,
  startService,
  useVolume,
  volumeEntries,
  type Service,
  type ToolRun,
} from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'

useVolume()

const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'canary-secret' }
const environment = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
const html = mkdtempSync(join(tmpdir(), 'initbox-html-'))
let web: Service<{ readonly url: string }>
let aws: Service<{ readonly url: string }>

beforeAll(async () => {
  mkdirSync(join(html, 'in/docs'), { recursive: true })
  writeFileSync(join(html, 'in/docs/größe.txt'), 'text')
  writeFileSync(join(html, 'in/big.bin'), Buffer.alloc(3_000_000, 'abcdefghijk'))
  execFileSync(
    'sh',
    [
      '-c',
      'tar czf in.tgz in; tar cf - in | zstd -q >in.tar.zst; tar cJf in.txz in; zip -qr in.zip in; chmod -R a+rX .',
    ],
    { cwd: html },
  )
  ;[web, aws] = await Promise.all([
    startService(nginx, { flags: ['--volume', `${html}:/usr/share/nginx/html:ro`] }),
    startService(moto),
  ])
}, 120_000)
afterAll(async () => {
  await Promise.all([web.stop(), aws.stop()])
  rmSync(html, { recursive: true })
})

test.each(['in.tgz', 'in.tar.zst', 'in.txz', 'in.zip'])('nginx: %s is unpacked as it comes', async (name) => {
  const sha256 = createHash('sha256')
    .update(readFileSync(join(html, name)))
    .digest('hex')
  for (const key of ['', `&sha256=${sha256}`]) {
    rmSync('data', { recursive: true, force: true })
    const { code, log } = await runToolWith(tool, [`data=${web.url}${name}#unpack&strip=1${key}`])
    expect(log).toContain('fetched data: 2 files, 3 MB')
    expect(code).toBe(0)
    expect(volumeEntries().filter((path) => !path.startsWith('.'))).toEqual([
      'data',
      'data/big.bin',
      'data/docs',
      'data/docs/größe.txt',
    ])
    expect(readFileSync('data/big.bin').equals(readFileSync(join(html, 'in/big.bin')))).toBe(true)
  }
})

test('nginx: a second run asks once and fetches nothing', async () => {
  const words = [`big.bin=${web.url}in/big.bin`]
  expect((await runToolWith(tool, words)).code).toBe(0)
  expect((await runToolWith(tool, words)).log).toContain('big.bin is unchanged')
})

async function put(path: string, body: string | undefined): Promise<void> {
  const url = new URL(`${aws.url}/${path}`)
  const headers = Object.fromEntries(
    sign({ method: 'PUT', url, body: body ?? '' }, { credentials, region: 'us-east-1', service: 's3' }),
  )
  const { ok, status } = await fetch(url, { method: 'PUT', headers, body: body ?? '' })
  if (!ok) throw new Error(`PUT ${path}: ${status}`)
}

test('S3: an object is that one, a folder is what is below it', async () => {
  await put('models', undefined)
  await put('models/m/', '')
  for (let index = 0; index < 12; index++) await put(`models/m/sub/${index}`, `${index}`)
  await put('models/m/größe +%25.txt', 'odd')
  await put('models/mine', 'other')
  const fetchFile = (...words: string[]) =>
    runToolWith(tool, ['--s3-endpoint', aws.url, '--aws-region', 'us-east-1', ...words], environment)
  const folder = await fetchFile('model=s3://models/m/')
  expect(folder.log).toContain('fetched model: 13 files')
  expect(folder.code).toBe(0)
  expect(readFileSync('model/sub/11', 'utf8')).toBe('11')
  expect(readFileSync('model/größe +%.txt', 'utf8')).toBe('odd')
  expect((await fetchFile('model=s3://models/m/')).log).toContain('model is unchanged')
  expect((await fetchFile('one=s3://models/mine')).code).toBe(0)
  expect(readFileSync('one', 'utf8')).toBe('other')
  expect((await fetchFile('two=s3://models/m')).code).toBe(4)
  expect((await fetchFile('two=s3://models/none/')).code).toBe(4)
}, 60_000)

describe('IRSA: the role of a service account, by the token that the kubelet keeps', () => {
  const role = 'arn:aws:iam::123456789012:role/models'
  const fetchFile = (more: Readonly<Record<string, string>>): Promise<ToolRun> =>
    runToolWith(tool, ['irsa=s3://irsa/key'], {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ROLE_ARN: role,
      AWS_WEB_IDENTITY_TOKEN_FILE: 'token',
      AWS_REGION: 'eu-central-1',
      ...more,
    })

  test('STS is asked with the token, and S3 gets what it gives', async () => {
    await put('irsa', undefined)
    await put('irsa/key', 'by role')
    writeFileSync('token', 'canary.jwt.token')
    const asked: [string, string | undefined][] = []
    const between = await httpServer((request, response) => {
      asked.push([request.url ?? '', request.headers.authorization])
      const headers = { ...request.headers, host: new URL(aws.url).host }
      const forwarded = httpRequest(`${aws.url}${request.url}`, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      })
      request.pipe(forwarded)
    })
    const { code, log } = await fetchFile({ AWS_ENDPOINT_URL: `http://127.0.0.1:${between}` })
    expect(code).toBe(0)
    expect(log).not.toContain('canary')
    expect(readFileSync('irsa', 'utf8')).toBe('by role')
    // moto gives keys of temporary credentials, which begin so.
    expect(asked).toEqual([
      ['/', undefined],
      ['/irsa/key', expect.stringMatching(/Credential=ASIA.*eu-central-1.*x-amz-security-token/)],
    ])
  })

  test('a token that is not there is told by its variable, and no role at all by what to do', async () => {
    const missing = await fetchFile({ AWS_WEB_IDENTITY_TOKEN_FILE: 'none' })
    expect(missing).toMatchObject({ code: 4, log: expect.stringContaining('AWS_WEB_IDENTITY_TOKEN_FILE') })
    const none = await fetchFile({ AWS_ROLE_ARN: '' })
    expect(none).toMatchObject({ code: 2, log: expect.stringContaining('IRSA or EKS Pod Identity') })
  })
})
