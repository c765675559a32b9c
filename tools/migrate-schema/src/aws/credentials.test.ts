import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Context, Redactor, systemClock } from '@initbox/core'
import { afterEach, expect, test } from 'vitest'
import { useVolume } from '../../../../packages/testing/src/volume.ts'
import { findCredentials } from './credentials.ts'

useVolume()

let server: Server | undefined
afterEach(() => server?.close())

/** Answers every request with a status and a JSON body. */
async function serve(status: number, body: unknown): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  server = createServer((request, response) => {
    requests.push(request)
    response.writeHead(status).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

function context(environment: Record<string, string>): Context {
  const silent = { debug() {}, info() {}, warning() {}, error() {} }
  const { signal } = new AbortController()
  return {
    log: silent as unknown as Context['log'],
    signal,
    clock: systemClock,
    environment,
    redactor: new Redactor(),
    ready: () => {},
  }
}

test('variables come first', async () => {
  const environment = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_ROLE_ARN: 'role' }
  expect(await findCredentials('r', context(environment))).toEqual({
    accessKeyId: 'id',
    secretAccessKey: 'key',
    sessionToken: undefined,
  })
})

test('a service account exchanges its token at STS', async () => {
  writeFileSync('token', 'jwt\n')
  const Credentials = { AccessKeyId: 'id', SecretAccessKey: 'key', SessionToken: 'session' }
  const sts = await serve(200, {
    AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials } },
  })
  const environment = { AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN_FILE: 'token', AWS_ENDPOINT_URL_STS: sts.url }
  const given = context(environment)
  expect(await findCredentials('eu-west-1', given)).toEqual({
    accessKeyId: 'id',
    secretAccessKey: 'key',
    sessionToken: 'session',
  })
  const query = new URL(sts.requests[0]?.url ?? '', sts.url).searchParams
  expect(Object.fromEntries(query)).toMatchObject({
    RoleArn: 'arn:role',
    WebIdentityToken: 'jwt',
    Version: '2011-06-15',
  })
  expect(given.redactor.redact('jwt key')).not.toMatch(/jwt|key/)
})

test('Pod Identity answers at a container endpoint, with the token of its file', async () => {
  writeFileSync('token', 'bearer-token')
  const agent = await serve(200, { AccessKeyId: 'id', SecretAccessKey: 'key', Token: 'session' })
  const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: 'token' }
  expect(await findCredentials('r', context(environment))).toMatchObject({ sessionToken: 'session' })
  expect(agent.requests[0]?.headers.authorization).toBe('bearer-token')
})

test.each([
  [403, 3],
  [503, 124],
])('an answer of %i is exit %i', async (status, exitCode) => {
  const agent = await serve(status, { message: 'no' })
  await expect(findCredentials('r', context({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url }))).rejects.toMatchObject({
    exitCode,
  })
})

test('no credentials at all is exit 2', async () => {
  await expect(findCredentials('r', context({}))).rejects.toMatchObject({ exitCode: 2 })
})
