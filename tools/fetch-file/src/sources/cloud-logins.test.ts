import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { beforeEach, expect, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

// Registries of clouds as their makers document them and as their clients have recorded them: Azure/acr "AAD-OAuth", Artifact
// Registry "Configure authentication to Docker". All of them answer at one proxy, by their names.

const weights = Buffer.from('weights')
const digest = `sha256:${createHash('sha256').update(weights).digest('hex')}`
const manifest = JSON.stringify({
  schemaVersion: 2,
  layers: [{ mediaType: 'application/octet-stream', digest, size: weights.length }],
})
const acr = 'models.azurecr.io'
const gar = 'europe-docker.pkg.dev'

let asked: string[]
let proxy: string
/** Anybody may pull. */
let isPublic: boolean

beforeEach(async () => {
  asked = []
  isPublic = false
  const port = await httpServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://metadata')
    const body = new URLSearchParams((await request.toArray()).join(''))
    const { authorization = '' } = request.headers
    const where = `${url.host}${url.pathname}`
    asked.push(`${request.method} ${where}`)
    const answer = (value: object, status = 200): void => void response.writeHead(status).end(JSON.stringify(value))
    const denied = (message: string): void => answer({ errors: [{ code: 'UNAUTHORIZED', message }] }, 401)
    const scope = url.searchParams.get('scope') ?? body.get('scope')
    switch (where) {
      case 'login.test/tenant/oauth2/v2.0/token':
        return scope === 'https://containerregistry.azure.net/.default' &&
          body.get('client_assertion') === 'jwt-of-the-pod'
          ? answer({ token_type: 'Bearer', expires_in: 86_399, access_token: 'canary-entra' })
          : answer({ error: 'invalid_client', error_description: 'AADSTS70021: No matching federated identity' }, 401)
      case `${acr}/oauth2/exchange`:
        return body.get('access_token') === 'canary-entra' &&
          body.get('service') === acr &&
          body.get('tenant') === 'tenant'
          ? answer({ refresh_token: 'canary-refresh' })
          : denied('exchange')
      case `${acr}/oauth2/token`:
        return body.get('refresh_token') === 'canary-refresh' && scope === 'repository:m:pull'
          ? answer({ access_token: 'canary-pull' })
          : denied('authentication required, visit https://aka.ms/acr/authorization for more information.')
      case 'metadata/computeMetadata/v1/instance/service-accounts/default/token':
        return request.headers['metadata-flavor'] === 'Google'
          ? answer({ access_token: 'canary-google', expires_in: 3_599, token_type: 'Bearer' })
          : denied('flavor')
      case `${gar}/v2/token`:
        return isPublic || authorization === `Basic ${btoa('oauth2accesstoken:canary-google')}`
          ? answer({ token: 'canary-pull', expires_in: 43_200, issued_at: '2026-12-01T04:00:00Z' })
          : denied('Unauthenticated request.')
    }
    if (authorization !== 'Bearer canary-pull') {
      const bearer =
        url.host === acr
          ? `Bearer realm="http://${acr}/oauth2/token",service="${acr}",scope="repository:m:pull"`
          : `Bearer realm="http://${gar}/v2/token",service="${gar}",scope="repository:p/r/m:pull"`
      response.setHeader('www-authenticate', bearer)
      return denied('authentication required')
    }
    return void response.end(url.pathname.includes('/manifests/') ? manifest : weights)
  })
  proxy = `127.0.0.1:${port}`
})

const fetchFile = (words: string, more: Readonly<Record<string, string>>): Promise<ToolRun> =>
  runToolWith(tool, [words, '--oci-plain-http'], { HTTP_PROXY: `http://${proxy}`, ...more })

const identity = {
  AZURE_CLIENT_ID: 'client',
  AZURE_TENANT_ID: 'tenant',
  AZURE_FEDERATED_TOKEN_FILE: 'jwt',
  AZURE_AUTHORITY_HOST: 'http://login.test/',
}

test("Azure's: the Pod's identity for a token of Entra, that for one of the registry, and that for the pull", async () => {
  writeFileSync('jwt', 'jwt-of-the-pod')
  const { code, log } = await fetchFile(`a=oci://${acr}/m:v1`, identity)
  expect(log).not.toMatch(/canary|jwt-of/)
  expect(code).toBe(0)
  expect(readFileSync('a').equals(weights)).toBe(true)
  expect(asked.filter((each) => each.startsWith('POST'))).toEqual([
    'POST login.test/tenant/oauth2/v2.0/token',
    `POST ${acr}/oauth2/exchange`,
    `POST ${acr}/oauth2/token`,
  ])
})

test("Azure's: an identity that is not known is denied in the words of Entra, and none is asked for by nobody", async () => {
  writeFileSync('jwt', 'another')
  const wrong = await fetchFile(`x=oci://${acr}/m:v1`, identity)
  expect(wrong).toMatchObject({ code: 3, log: expect.stringMatching(/401.*AADSTS70021/) })
  const none = await fetchFile(`x=oci://${acr}/m:v1`, {})
  expect(none).toMatchObject({ code: 3, log: expect.stringMatching(/401.*docker-config/) })
})

test.each([
  ['of the metadata server', () => ({ GCE_METADATA_HOST: proxy })],
  ['that is given', () => ({ GOOGLE_OAUTH_ACCESS_TOKEN: 'canary-google' })],
])("Google's: by a token %s", async (_what, environment) => {
  const { code, log } = await fetchFile(`a=oci://${gar}/p/r/m:v1`, environment())
  expect(log).not.toContain('canary')
  expect(code).toBe(0)
  expect(readFileSync('a').equals(weights)).toBe(true)
})

test("Google's: what is public needs no account", async () => {
  isPublic = true
  // Nobody is called so outside of Google.
  const outside = { GCE_METADATA_HOST: 'metadata.invalid' }
  expect(await fetchFile(`a=oci://${gar}/p/r/m:v1`, outside)).toMatchObject({ code: 0 })
  isPublic = false
  const denied = await fetchFile(`x=oci://${gar}/p/r/m:v1`, outside)
  expect(denied).toMatchObject({ code: 3, log: expect.stringContaining('Unauthenticated request') })
})
