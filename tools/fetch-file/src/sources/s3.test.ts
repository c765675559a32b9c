import { readdirSync, readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { runToolWith, serve, type ToolRun, useVolume } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'
import { httpServer, httpsServer } from '@initbox/testing/http-server'
import { expect, onTestFinished, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

const environment = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'canary-secret' }

/** All of AWS: whatever name is asked for, this answers. */
async function amazon(listener: RequestListener): Promise<(...words: string[]) => Promise<ToolRun>> {
  const certificate = makeCertificate()
  onTestFinished(() => certificate.remove())
  const port = await httpsServer(certificate, listener)
  const proxy = await serve((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const upstream = connect(port, '127.0.0.1').on('error', () => socket.destroy())
      socket.pipe(upstream).pipe(socket)
    }),
  )
  const way = ['--proxy', `http://127.0.0.1:${proxy}`, '--tls-ca', certificate.file, '--tls-server-name', 'localhost']
  return (...words) => runToolWith(tool, [...way, ...words], environment)
}

test.each([
  // What S3 answers to who looks in the wrong region, by kind of request ("Redirects", and botocore's S3RegionRedirector).
  [301, 'PermanentRedirect', {}],
  [307, 'TemporaryRedirect', { location: 'https://models.s3.eu-central-1.amazonaws.com/m.bin' }],
  [400, 'AuthorizationHeaderMalformed', {}],
] as const)(
  'a bucket of another region: %i %s is followed once, with another signature',
  async (status, code, more) => {
    const asked: string[] = []
    const fetchFile = await amazon((request, response) => {
      const region = /\/s3\/aws4_request|Credential=[^/]+\/\d+\/([a-z0-9-]+)\/s3/.exec(
        request.headers.authorization ?? '',
      )?.[1]
      asked.push(`${request.headers.host} ${region}`)
      if (region === 'eu-central-1') return response.writeHead(200, { etag: '"1"' }).end('here')
      response.writeHead(status, { 'x-amz-bucket-region': 'eu-central-1', 'content-type': 'application/xml', ...more })
      return response.end(`<Error><Code>${code}</Code><Message>The bucket is in this region</Message></Error>`)
    })
    expect(await fetchFile('a=s3://models/a', 'b=s3://models/b', '--concurrency=1')).toMatchObject({ code: 0 })
    expect(readFileSync('b', 'utf8')).toBe('here')
    const there = 'models.s3.eu-central-1.amazonaws.com eu-central-1'
    expect(asked).toEqual(['models.s3.us-east-1.amazonaws.com us-east-1', there, there])
  },
)

test('a region that leads back and forth, or is none, ends with what S3 says', async () => {
  for (const regions of [['eu-west-1', 'us-east-1'], ['evil.example/']]) {
    let asked = 0
    const fetchFile = await amazon((_request, response) => {
      const headers = { 'x-amz-bucket-region': regions[asked++ % regions.length], 'content-type': 'application/xml' }
      response.writeHead(400, headers).end('<Error><Code>Malformed</Code><Message>no &amp; never</Message></Error>')
    })
    const { code, log } = await fetchFile('a=s3://models/a')
    expect(log).toContain('cannot fetch s3://models/a: 400 Bad Request: Malformed: no & never')
    expect(code).toBe(5)
    expect(asked).toBe(regions.length)
  }
  expect(readdirSync('.')).toEqual([])
})

test.each([
  [
    'application/xml',
    '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
    'AccessDenied: Request has expired',
  ],
  [
    'application/json',
    '{"errors":[{"code":"DENIED","message":"requested access is denied"}]}',
    'requested access is denied',
  ],
  ['application/json; charset=utf-8', '{"error":{"code":403,"message":"no billing"}}', 'no billing'],
  ['text/plain', 'gone\r\n\u001B[31maway', 'gone [31maway'],
  ['text/html', '<h1>no words of a page</h1>', ''],
  ['application/json', `"${'x'.repeat(100_000)}`, ''],
])('the words of a refusal in %s are told: %s', async (type, body, words) => {
  const port = await httpServer((_request, response) => response.writeHead(403, { 'content-type': type }).end(body))
  const { code, log } = await runToolWith(tool, [`x=http://127.0.0.1:${port}/x`])
  expect(code).toBe(3)
  expect(log).toContain(`403 Forbidden${words === '' ? '' : `: ${words}`} (hint`)
})

test('words of Hugging Face come in a header, and a body without end is not waited for', async () => {
  const port = await httpServer((request, response) => {
    if (request.url === '/gated')
      return response.writeHead(403, { 'x-error-message': 'Access to m is restricted' }).end()
    response.writeHead(404, { 'content-type': 'text/plain' })
    return void response.write('not here')
  })
  const gated = await runToolWith(tool, [`x=http://127.0.0.1:${port}/gated`])
  expect(gated).toMatchObject({ code: 3, log: expect.stringContaining('403 Forbidden: Access to m is restricted') })
  const endless = await runToolWith(tool, [`x=http://127.0.0.1:${port}/endless`])
  expect(endless).toMatchObject({ code: 4, log: expect.stringContaining('404 Not Found: not here') })
})

test('keys are taken as they are, with slashes at their beginning and twice (aws-cli#421, minio-java#1585)', async () => {
  const asked: (string | undefined)[] = []
  const keys = ['m/checkpoints/m.ckpt', 'm/m.yaml', 'm//twice//x']
  const fetchFile = await amazon((request, response) => {
    asked.push(request.url)
    if (request.url?.startsWith('/?') !== true) return response.end('here')
    const entries = keys.map((key) => `<Contents><Key>${key}</Key><Size>4</Size></Contents>`)
    return response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`)
  })
  expect(await fetchFile('a=s3://models//x//y')).toMatchObject({ code: 0 })
  // A folder below is called as what is asked for is (kserve#4120).
  expect(await fetchFile('m=s3://m/m/')).toMatchObject({ code: 0 })
  expect(asked.filter((url) => url?.startsWith('/?') !== true).toSorted()).toEqual([
    '//x//y',
    '/m//twice//x',
    '/m/checkpoints/m.ckpt',
    '/m/m.yaml',
  ])
  expect(readdirSync('m', { recursive: true }).toSorted()).toEqual([
    'checkpoints',
    'checkpoints/m.ckpt',
    'm.yaml',
    'twice',
    'twice/x',
  ])
})
