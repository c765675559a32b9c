import { createVerify, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'
const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>

beforeAll(async () => {
  site.write('index.html', 'one\n').commit()
  server = await serveRepositories({ 'private/site': site }, { HTTP_USER: 'x-access-token', HTTP_PASSWORD: token })
})
afterAll(async () => {
  site.remove()
  await server?.stop()
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const url = (): string => `${server.httpUrl}private/site.git`

/** A part of GitHub's API that believes in nobody: signature, times and issuer of each JWT are checked. */
async function fakeApi(path = ''): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = []
  const api = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes) => (body += bytes))
    request.on('end', () => answer(request, response, body))
  })
  const answer = ({ method, url: at = '', headers }: IncomingMessage, response: ServerResponse, body: string): void => {
    asked.push(`${method} ${at} ${body}`)
    response.setHeader('content-type', 'application/json')
    const [head = '', claims = '', signature = ''] = (headers.authorization ?? '').replace('Bearer ', '').split('.')
    const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}')
    const now = Date.now() / 1000
    const isSigned = createVerify('sha256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')
    const isRs256 = JSON.parse(Buffer.from(head, 'base64url').toString() || '{}').alg === 'RS256'
    if (!isSigned || !isRs256 || iat > now || exp < now || exp - iat > 600 || iss !== '12345')
      response.writeHead(401).end('{"message": "A JSON web token could not be decoded"}')
    else if (at === `${path}/repos/private/site/installation`) response.end('{"id": 678}')
    else if (at === `${path}/app/installations/678/access_tokens` && method === 'POST')
      response.writeHead(201).end(JSON.stringify({ token, expires_at: new Date(Date.now() + 3_600_000).toISOString() }))
    else response.writeHead(404).end('{"message": "Not Found"}')
  }
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    api.closeAllConnections()
    api.close()
  })
  return { url: `http://127.0.0.1:${(api.address() as AddressInfo).port}${path}`, asked }
}

const asApp = (flags: readonly string[], key = pem): Promise<ToolRun> =>
  runToolWith(tool, [url(), ...flags], { GIT_CLONE_GITHUB_APP_KEY: key })

describe('a GitHub App logs in', () => {
  test('with the token of its installation, which may read contents only', async () => {
    const api = await fakeApi()
    const flags = ['--github-app-id', '12345', '--github-app-installation-id', '678', '--github-api-url', api.url]
    const { code, log } = await asApp(flags)
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('site/index.html', 'utf8')).toBe('one\n')
    expect(log).not.toContain(token)
    expect(api.asked).toEqual(['POST /app/installations/678/access_tokens {"permissions":{"contents":"read"}}'])
  })

  test('of an enterprise server, with an installation that is looked up and a key that YAML has folded', async () => {
    const api = await fakeApi('/api/v3')
    const key = pem.trim().replaceAll('\n', ' ')
    expect(await asApp(['--github-app-id', '12345', '--github-api-url', `${api.url}/`], key)).toMatchObject({ code: 0 })
    expect(api.asked).toEqual([
      'GET /api/v3/repos/private/site/installation ',
      'POST /api/v3/app/installations/678/access_tokens {"permissions":{"contents":"read"}}',
    ])
  })

  test.each([
    [['--github-app-id', '99'], pem, 3, 'cannot log in as the GitHub App 99 at', 'is the key of this App'],
    [
      ['--github-app-id', '12345', '--github-app-installation-id', '9'],
      pem,
      3,
      '404 Not Found',
      'is the App installed',
    ],
    [['--github-app-id', '12345'], 'no key', 5, 'is no RSA private key of PEM', 'the .pem file'],
    [[], pem, 2, 'logs in with both --github-app-id and', ''],
  ])('%j is told', async (flags, key, code, says, hints) => {
    const api = await fakeApi()
    const run = await asApp([...flags, '--github-api-url', api.url], key)
    expect(run.log).toContain(says)
    expect(run.log).toContain(hints)
    expect(run.code).toBe(code)
  })
})

describe('a netrc file', () => {
  test.each([
    [
      'the host',
      `machine other.test login a password b\nmachine 127.0.0.1 login x-access-token password ${token}\n`,
      0,
    ],
    ['the default', `# all\ndefault\n  login x-access-token\n  password "${token}"\n`, 0],
    ['another host', `machine other.test login x-access-token password ${token}\n`, 3],
    ['a macro', `macdef x\nmachine 127.0.0.1 login a password b\n\ndefault login x-access-token password ${token}`, 0],
  ])('with a login for %s', async (_, netrc, code) => {
    const run = await runToolWith(tool, [url()], { GIT_CLONE_NETRC: netrc })
    expect(run).toMatchObject({ code })
    expect(run.log).not.toContain(token)
  })

  test('a login that is given counts before it', async () => {
    const netrc = 'machine 127.0.0.1 login a password b'
    const run = await runToolWith(tool, [url()], { GIT_CLONE_NETRC: netrc, GIT_CLONE_TOKEN: token })
    expect(run).toMatchObject({ code: 0 })
  })
})
