import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/fetch-secret/src/tool.ts'
import { type Aws, startAws } from './fetch-secret/aws.ts'

let aws: Aws
beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws[Symbol.asyncDispose]())
useVolume()

const read = (path: string): string => readFileSync(path, 'utf8')

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ToolRun> {
  const limit = words.some((word) => word.startsWith('--timeout')) ? [] : ['--timeout=20s']
  return runToolWith(tool, [...limit, ...words], { ...aws.environment, ...environment })
}

test('Secrets Manager: keys, the whole, numbers as they were written, bytes as they are', async () => {
  const text = '{"username":"app","port":5432,"big":12345678901234567890,"price":1.10,"on":true,"exp":1e3}'
  await aws.call('secretsmanager.CreateSecret', { Name: 'prod/db', SecretString: text })
  const binary = Buffer.from([0, 255, 10, 13, 195, 40])
  await aws.call('secretsmanager.CreateSecret', { Name: 'binary', SecretBinary: binary.toString('base64') })
  const keys = ['username', 'port', 'big', 'price', 'on', 'exp']
  const words = keys.map((key) => `k/${key}=aws-sm://prod/db#${key}`)
  expect(
    await run([
      ...words,
      'raw=aws-sm://prod/db',
      'db.env=aws-sm://prod/db',
      'db.json=aws-sm://prod/db',
      'binary=aws-sm://binary',
    ]),
  ).toEqual({ code: 0, log: 'fetched 2 secrets to k/username, k/port, k/big and 7 more', output: '' })
  expect(keys.map((key) => read(`k/${key}`))).toEqual(['app', '5432', '12345678901234567890', '1.10', 'true', '1e3'])
  expect(read('raw')).toBe(text)
  expect(read('db.env')).toBe('username=app\nport=5432\nbig=12345678901234567890\nprice=1.10\non=true\nexp=1e3\n')
  expect(JSON.parse(read('db.json'))).toEqual(JSON.parse(text))
  expect(readFileSync('binary').equals(binary)).toBe(true)
})

test('Secrets Manager: by ARN also in another region, versions by stage and id, what is deleted', async () => {
  const { ARN: arn } = await aws.call('secretsmanager.CreateSecret', { Name: 'far', SecretString: 'old' }, 'us-east-2')
  const { VersionId: id } = await aws.call(
    'secretsmanager.PutSecretValue',
    { SecretId: 'far', SecretString: 'new' },
    'us-east-2',
  )
  expect(
    await run([
      `1=aws-sm://${arn}`,
      '2=aws-sm://far?region=us-east-2&version-stage=AWSPREVIOUS',
      `3=aws-sm://far?region=us-east-2&version-id=${id}`,
    ]),
  ).toMatchObject({ code: 0 })
  expect(['1', '2', '3'].map(read)).toEqual(['new', 'old', 'new'])
  expect(await run(['k=aws-sm://far'])).toMatchObject({
    code: 4,
    log: expect.stringContaining('cannot read aws-sm://far in eu-west-1: ResourceNotFoundException'),
  })
  await aws.call('secretsmanager.DeleteSecret', { SecretId: 'far' }, 'us-east-2')
  expect(await run([`1=aws-sm://${arn}`])).toMatchObject({
    code: 4,
    log: expect.stringContaining('marked deleted'),
  })
})

test('a key of what is no JSON is exit 5 and never prints the value', async () => {
  await aws.call('secretsmanager.CreateSecret', { Name: 'plain', SecretString: 'not-json-canary-71f3' })
  const { code, log } = await run(['k=aws-sm://plain#key'], { LOG_LEVEL: 'debug' })
  expect(code).toBe(5)
  expect(log).toBe(
    'error: aws-sm://plain is not a JSON object, so there are no keys to choose from (hint: leave the key out to get all of it as it is)',
  )
})

test('SSM: a parameter, its versions and labels, and all below a path in pages of ten', async () => {
  const put = (Name: string, Value: string) =>
    aws.call('ssm.PutParameter', { Name, Value, Type: 'SecureString', Overwrite: true })
  await put('/prod/one', 'first')
  await put('/prod/one', 'second')
  for (let n = 0; n < 11; n++) await put(`/app/deep/p${n}`, `v${n}`)
  await put('/app/a/b', 'slash')
  await put('/app/a_b', 'underscore')
  expect(await run(['1=aws-ssm:///prod/one', '2=aws-ssm:///prod/one:1', 'app/=aws-ssm:///app/'])).toMatchObject({
    code: 0,
  })
  expect(['1', '2', 'app/deep/p10', 'app/a/b', 'app/a_b'].map(read)).toEqual([
    'second',
    'first',
    'v10',
    'slash',
    'underscore',
  ])
  expect(volumeEntries().filter((path) => /p\d+$/.test(path))).toHaveLength(11)
  expect(await run(['k=aws-ssm:///none'])).toMatchObject({ code: 4 })
  expect(await run(['k/=aws-ssm:///none/'])).toMatchObject({ code: 4 })
})

test('throttling and server errors are tried again, also on an empty page in between', async () => {
  await aws.call('ssm.PutParameter', { Name: '/slow/a', Value: 'x', Type: 'String', Overwrite: true })
  const answers = [
    { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
    { status: 500, body: { __type: 'InternalServerError' } },
    { status: 200, body: { Parameters: [], NextToken: 'more' } },
  ]
  const proxy = await startProxy(() => answers.shift())
  expect(await run(['s/=aws-ssm:///slow/'], { AWS_ENDPOINT_URL: proxy })).toMatchObject({ code: 0 })
  expect(read('s/a')).toBe('x')
  const always = await startProxy(() => ({
    status: 429,
    body: { __type: 'TooManyRequestsException', message: 'slow down' },
  }))
  const { code, log } = await run(['s=aws-ssm:///slow/a', '--timeout=1s'], { AWS_ENDPOINT_URL: always })
  expect(code).toBe(124)
  expect(log).toMatch(
    /^error: gave up after 1 s: cannot read aws-ssm:\/\/\/slow\/a in eu-west-1: TooManyRequestsException/,
  )
})

/** A proxy before moto: it answers itself as long as `answer` says how, else passes on what it gets. */
async function startProxy(answer: () => { status: number; body: object } | undefined): Promise<string> {
  const server = createServer((asked, response) => {
    const own = answer()
    if (own !== undefined) {
      asked.resume()
      response.writeHead(own.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(own.body))
      return
    }
    const { 'content-length': _length, ...headers } = asked.headers
    const onward = request(aws.server.url, {
      method: asked.method,
      headers,
    })
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.on('end', () => {
      // moto has tokens of its own for pages.
      const body = Buffer.concat(chunks)
        .toString()
        .replace(/,?"NextToken":"more"/, '')
      onward.setHeader('content-length', Buffer.byteLength(body))
      onward.end(body)
    })
    onward.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 0, answered.headers)
      answered.pipe(response)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('where credentials come from, and what is said without any', async () => {
  await aws.call('secretsmanager.CreateSecret', { Name: 'who', SecretString: 'me' })
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...bare } = aws.environment
  const without = (more: Readonly<Record<string, string>>) =>
    runToolWith(tool, ['k=aws-sm://who'], { ...bare, ...more })
  expect(await without({})).toMatchObject({ code: 2, log: expect.stringContaining('IRSA or EKS Pod Identity') })
  writeFileSync('token', 'e30.e30.sig')
  const irsa = { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/web', AWS_WEB_IDENTITY_TOKEN_FILE: 'token' }
  expect(await without({ ...irsa, AWS_ENDPOINT_URL_STS: aws.server.url })).toMatchObject({ code: 0 })
  expect(await without({ ...aws.environment, AWS_REGION: '' })).toMatchObject({
    code: 2,
    log: expect.stringContaining('AWS_REGION'),
  })
})
