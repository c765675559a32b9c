import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseReference } from '@initbox/oci'
import { expect, onTestFinished, test } from 'vitest'
import { loginFiles, putManifest } from './put-manifest.ts'

const index = { content: '{"schemaVersion":2}', mediaType: 'application/vnd.oci.image.index.v1+json' }

/** A registry that takes a manifest from who has a token, which it gives for a user and a password. */
async function startRegistry(): Promise<{ readonly host: string; readonly got: unknown[] }> {
  const got: unknown[] = []
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request
    if (url.startsWith('/token')) {
      got.push(url, headers.authorization)
      response.end('{"token":"t0"}')
      return
    }
    if (headers.authorization !== 'Bearer t0') {
      const challenge = `Bearer realm="http://${headers.host}/token",service="here",scope="repository:team/x:pull,push"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
      return
    }
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      got.push([method, url, headers['content-type'], body])
      response.writeHead(201).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, got }
}

test('a manifest is put as it is, with the token that the login of skopeo gets', async () => {
  const { host, got } = await startRegistry()
  const folder = mkdtempSync(join(tmpdir(), 'put-manifest-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'auth.json')
  const auth = Buffer.from('me:secret').toString('base64')
  writeFileSync(file, JSON.stringify({ auths: { [host]: { auth } } }))
  await putManifest(parseReference(`${host}/team/x:sha256-1`), index, {
    plainHttp: true,
    files: [join(folder, 'no'), file],
  })
  expect(got).toEqual([
    '/token?service=here&scope=repository%3Ateam%2Fx%3Apull%2Cpush',
    `Basic ${auth}`,
    ['PUT', '/v2/team/x/manifests/sha256-1', index.mediaType, index.content],
  ])
})

test('a registry that refuses is an error with its answer', async () => {
  const server = createServer((_, response) => response.writeHead(403).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const reference = parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/team/x:v1`)
  await expect(putManifest(reference, index, { plainHttp: true, files: [] })).rejects.toThrow('the registry says 403')
})

test('logins are looked for where skopeo and docker keep them', () => {
  expect(loginFiles({ REGISTRY_AUTH_FILE: '/a.json' })).toEqual(['/a.json'])
  expect(loginFiles({ XDG_RUNTIME_DIR: '/run/user/7', DOCKER_CONFIG: '/d' })).toEqual([
    '/run/user/7/containers/auth.json',
    '/run/user/7/auth.json',
    '/d/config.json',
  ])
})
