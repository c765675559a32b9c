import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { runManifest } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clusterKey,
  serviceAccountToken,
  startTokenReview,
  startVault,
  type Vault,
} from '../../test/services/fetch-secret/vault.ts'

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const network = `initbox-test-vault-${process.pid}`

let vault: Vault
let review: Awaited<ReturnType<typeof startTokenReview>>
beforeAll(async () => {
  ;[vault, review] = await Promise.all([startVault(), startTokenReview()])
  await mustRun('docker', ['network', 'create', network])
  await mustRun('docker', ['network', 'connect', '--alias', 'vault', network, vault.server.name])
})
afterAll(async () => {
  await Promise.all([vault?.[Symbol.asyncDispose](), review?.[Symbol.asyncDispose]()])
  await mustRun('docker', ['network', 'rm', network])
})

/** What README.md says that the server needs, by its API. */
async function prepare(): Promise<void> {
  const { api } = vault
  await api('POST', 'sys/mounts/ca', { type: 'pki' })
  const { certificate } = (await api('POST', 'ca/root/generate/internal', { common_name: 'cluster' })).data
  await api('POST', 'sys/auth/kubernetes', { type: 'kubernetes' })
  await api('POST', 'auth/kubernetes/config', {
    kubernetes_host: review.url,
    kubernetes_ca_cert: certificate,
    pem_keys: [clusterKey],
    disable_local_ca_jwt: true,
  })
  const [, policy = ''] = /bao policy write web - <<'EOF'\n([^]*?)\nEOF/.exec(read('README.md')) ?? []
  await api('PUT', 'sys/policies/acl/web', { policy })
  await api('POST', 'auth/kubernetes/role/web', {
    bound_service_account_names: ['app'], // whom the review knows
    bound_service_account_namespaces: ['default'],
    audience: 'vault',
    token_policies: ['web'],
    token_ttl: '10m',
  })
  await api('POST', 'secret/data/web', { data: { password: 'from-vault', user: 'web' } })
  await api('POST', 'sys/mounts/pki', { type: 'pki' })
  await api('POST', 'pki/root/generate/internal', { common_name: 'ca', ttl: '760h' })
  await api('POST', 'pki/roles/web', { allowed_domains: 'default.svc', allow_subdomains: true, max_ttl: '730h' })
}

test('pod.yaml: the token of the service account logs in, and the policy of README.md is enough', async () => {
  await prepare()
  // There is no API server that would issue the token, and the server of the test speaks no TLS.
  const token = 'serviceAccountToken: {path: token, audience: vault, expirationSeconds: 600}'
  expect(read('pod.yaml')).toContain(token)
  const manifest = [
    read('pod.yaml')
      .replace(token, 'secret: {name: token}')
      .replace('https://vault.vault.svc:8200', 'http://vault:8200'),
    `{apiVersion: v1, kind: Secret, metadata: {name: token}, stringData: {token: ${serviceAccountToken()}}}`,
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: vault-ca}, data: {ca.crt: unused}}',
  ].join('\n---\n')
  const { pods, stop } = await runManifest(manifest, {
    mode: 'docker',
    images: { [nginx]: await runnableImage(nginx) },
    network,
  })
  try {
    const [pod] = pods
    if (pod === undefined) throw new Error('the manifest has a Pod')
    await pod.ready()
    const file = async (path: string): Promise<string> => (await pod.readFile('secrets', path)).toString()
    expect(await file('password')).toBe('from-vault')
    expect(await file('web.env')).toBe('password=from-vault\nuser=web\n')
    expect(await file('tls/tls.crt')).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(await pod.listFiles('secrets')).toEqual(['password', 'tls/ca.crt', 'tls/tls.crt', 'tls/tls.key', 'web.env'])
  } finally {
    await stop()
  }
})

test('compose.yaml: the application has what is in OpenBao', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { WEB_PORT: `${port}` }, async (compose) => {
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
    await expect.poll(() => page('password').catch(() => ''), { timeout: 20_000 }).toBe('from-vault')
    expect(await page('web.env')).toBe('password=from-vault\nuser=web\n')
    expect((await compose('logs', 'fetch-secret')).stdout).toContain('fetched 1 secret to password, web.env')
  })
})

test('the docker run line of README.md', async () => {
  await vault.api('POST', 'secret/data/web', { data: { password: 'from-vault', user: 'web' } })
  await withDockerVolume(async (volume, file) => {
    const line = readmeBlocks(folder, {
      '--network vault -v secrets:/init': `--network ${network} -v ${volume}:/init`,
      '"$(cat ~/.vault-token)"': vault.server.token,
    }).at(-1)
    await mustRun('sh', ['-ec', line ?? ''])
    expect(await file('password')).toBe('from-vault')
    expect(await file('web.env')).toBe('password=from-vault\nuser=web\n')
  })
})
