import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Redactor } from '@initbox/core'
import { expect, onTestFinished, test } from 'vitest'
import { useVolume } from '@initbox/testing'
import type { Ask } from './call.ts'
import { credentialProvider, findCredentials } from './find-credentials.ts'

useVolume()

type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { readonly body: string }
type Reply = readonly [status: number, body: unknown]

/** Answers each request by the first entry whose key begins its path; a body that is no text is sent as JSON. */
async function serve(table: Readonly<Record<string, Reply>>): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request
    asked.push({ method, url, headers, body: await text(request) })
    const [status, reply] = Object.entries(table).find(([path]) => url.startsWith(path))?.[1] ?? [404, '']
    response.writeHead(status).end(typeof reply === 'string' ? reply : JSON.stringify(reply))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

const settings = { tool: 'a-tool' }
const world = (environment: Record<string, string>) => ({
  environment,
  signal: new AbortController().signal,
  redactor: new Redactor(),
})

test('variables come first', async () => {
  const environment = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_ROLE_ARN: 'role' }
  expect(await findCredentials('r', world(environment), settings)).toEqual({
    accessKeyId: 'id',
    secretAccessKey: 'key',
  })
})

const inJson = {
  AssumeRoleWithWebIdentityResponse: {
    AssumeRoleWithWebIdentityResult: {
      Credentials: { AccessKeyId: 'id', SecretAccessKey: 'k/e+y', SessionToken: 'session', Expiration: 1.79e9 },
    },
  },
}
const inXml = `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
  <AccessKeyId>id</AccessKeyId><SecretAccessKey>k/e+y</SecretAccessKey><SessionToken>session</SessionToken>
  <Expiration>2026-09-21T14:13:20Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`

test.each([
  ['JSON', inJson],
  ['XML', inXml],
])('a service account exchanges its token at STS, which answers in %s', async (_, body) => {
  writeFileSync('token', 'jwt-of-pod\n')
  const sts = await serve({ '/': [200, body] })
  const environment = { AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN_FILE: 'token', AWS_ENDPOINT_URL_STS: sts.url }
  const given = world(environment)
  expect(await findCredentials('eu-west-1', given, settings)).toEqual({
    accessKeyId: 'id',
    secretAccessKey: 'k/e+y',
    sessionToken: 'session',
    expiration: new Date('2026-09-21T14:13:20Z'),
  })
  expect(sts.asked[0]).toMatchObject({ method: 'POST', url: '/' }) // URLs are logged, bodies are not
  expect(Object.fromEntries(new URLSearchParams(sts.asked[0]?.body))).toEqual({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: 'arn:role',
    RoleSessionName: 'a-tool',
    WebIdentityToken: 'jwt-of-pod',
    Version: '2011-06-15',
  })
  expect(given.redactor.redact('jwt-of-pod k/e+y session')).toBe('[redacted] [redacted] [redacted]')
})

test('a token file that is not there is exit 4', async () => {
  const environment = { AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN_FILE: 'token' }
  await expect(findCredentials('r', world(environment), settings)).rejects.toMatchObject({ exitCode: 4 })
})

test('Pod Identity answers at a container endpoint, with the token of its file', async () => {
  writeFileSync('token', 'bearer-token')
  const agent = await serve({ '/': [200, { AccessKeyId: 'id', SecretAccessKey: 'key', Token: 'session' }] })
  const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: 'token' }
  expect(await findCredentials('r', world(environment), settings)).toMatchObject({ sessionToken: 'session' })
  expect(agent.asked[0]?.headers.authorization).toBe('bearer-token')
})

test('a token goes to no other machine without TLS', async () => {
  const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://192.0.2.1/' }
  await expect(findCredentials('r', world(environment), settings)).rejects.toMatchObject({
    exitCode: 2,
    message: 'AWS_CONTAINER_CREDENTIALS_FULL_URI: 192.0.2.1 must be asked by https',
  })
})

test.each([
  [403, { message: 'no' }, 3],
  [503, {}, 124],
  [400, { code: 'ThrottlingException' }, 124],
  [200, {}, 3],
])('an answer of %i %j is exit %i', async (status, body, exitCode) => {
  const { url } = await serve({ '/': [status, body] })
  const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url }
  await expect(findCredentials('r', world(environment), settings)).rejects.toMatchObject({ exitCode })
})

test("the machine's own role, where it is wanted", async () => {
  const service = await serve({
    '/latest/api/token': [200, 'session'],
    '/latest/meta-data/iam/security-credentials/web': [200, { AccessKeyId: 'id', SecretAccessKey: 'key', Token: 't' }],
    '/latest/meta-data/iam/security-credentials/': [200, 'web'],
  })
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url }
  expect(await findCredentials('r', world(environment), { ...settings, instanceRole: true })).toMatchObject({
    accessKeyId: 'id',
  })
  expect(service.asked.map(({ method, headers }) => [method, headers['x-aws-ec2-metadata-token']])).toEqual([
    ['PUT', undefined],
    ['GET', 'session'],
    ['GET', 'session'],
  ])
  await expect(findCredentials('r', world(environment), settings)).rejects.toMatchObject({ exitCode: 2 })
})

test('no credentials at all is exit 2, and says for what they were wanted', async () => {
  await expect(findCredentials('r', world({}), { ...settings, wantedBy: '--auth rds-iam' })).rejects.toMatchObject({
    exitCode: 2,
    message: '--auth rds-iam finds no AWS credentials',
  })
})

test('a provider asks again five minutes before the end, and once for many that ask', async () => {
  const end = new Date('2026-01-01T12:00:00Z')
  const agent = await serve({
    '/': [200, { AccessKeyId: 'id', SecretAccessKey: 'key', Token: 'session', Expiration: end.toISOString() }],
  })
  let time = end.getTime() - 3_600_000
  const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url }
  const provide = credentialProvider('r', world(environment), settings, () => time)
  await Promise.all([provide(), provide()])
  time = end.getTime() - 301_000
  await provide()
  expect(agent.asked).toHaveLength(1)
  time = end.getTime() - 299_000
  await provide()
  expect(agent.asked).toHaveLength(2)
})

test('STS is asked as the tool wants it; what is on this machine never is', async () => {
  writeFileSync('token', 'jwt-of-pod')
  const asked: string[] = []
  const ask: Ask = async (url, who, { method }) => {
    asked.push(`${who}: ${method} ${url}`)
    return { status: 200, body: JSON.stringify(inJson) }
  }
  const irsa = {
    AWS_ROLE_ARN: 'arn:role',
    AWS_WEB_IDENTITY_TOKEN_FILE: 'token',
    AWS_ENDPOINT_URL_STS: 'http://sts.test/',
  }
  expect(await findCredentials('r', world(irsa), { ...settings, ask })).toMatchObject({ accessKeyId: 'id' })
  const agent = await serve({ '/': [200, { AccessKeyId: 'of-the-agent', SecretAccessKey: 'key', Token: 'session' }] })
  const pod = { AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url }
  expect(await findCredentials('r', world(pod), { ...settings, ask })).toMatchObject({ accessKeyId: 'of-the-agent' })
  expect(asked).toEqual(['STS: POST http://sts.test/'])
})
