import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { runManifest } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'
import { startVault, type Vault } from '../../test/services/fetch-secret/vault.ts'

type Family = {
  readonly name: string
  readonly type: string
  readonly metrics: readonly { readonly value: string; readonly labels?: Readonly<Record<string, string>> }[]
}
/** A parser that is not ours; it has no types. */
const parsePrometheus: (text: string) => Family[] = createRequire(import.meta.url)('parse-prometheus-text-format')

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const network = `initbox-test-secrets-${process.pid}`

let vault: Vault
beforeAll(async () => {
  await mustRun('docker', ['network', 'create', network])
  vault = await startVault({ flags: ['--network', network, '--network-alias', 'vault'] })
})
afterAll(async () => {
  await vault?.[Symbol.asyncDispose]()
  await mustRun('docker', ['network', 'rm', network])
})

/** The status of the page for who says this password. */
async function page(place: string, password: string): Promise<number | undefined> {
  const authorization = `Basic ${Buffer.from(`web:${password}`).toString('base64')}`
  return fetch(`http://${place}/`, { headers: { authorization } }).then(
    ({ status }) => status,
    () => undefined,
  )
}

test('the ConfigMap holds what is in the folder', () => {
  const map = readYaml(read('pod.yaml')).find(({ kind }) => kind === 'ConfigMap')
  expect(map).toMatchObject({ data: { 'default.conf': read('site.conf') } })
})

test('pod.yaml: a new password is taken without a restart, and the metrics are what Prometheus reads', async () => {
  const { FETCH_SECRET_VAULT_ROLE_ID: roleId = '', FETCH_SECRET_VAULT_SECRET_ID: secretId = '' } = await vault.approle()
  await vault.api('POST', 'secret/data/web', { data: { password: 'first' } })
  // Sooner than anybody would want it, and a login of this server.
  const manifest = read('pod.yaml')
    .replace('--watch=5m', '--watch=1s')
    .replace('ROLE-ID', roleId)
    .replace('SECRET-ID', secretId)
  const images = { [nginx]: await runnableImage(nginx) }
  const { pods, stop } = await runManifest(manifest, { mode: 'docker', images, network })
  try {
    const [pod] = pods
    if (pod === undefined) throw new Error('the manifest has a Pod')
    await pod.ready()
    const place = `${pod.reachableAt}:8080`
    expect([await page(place, 'first'), await page(place, 'second')]).toEqual([200, 401])
    await vault.api('POST', 'secret/data/web', { data: { password: 'second' } })
    await expect.poll(() => page(place, 'second'), { timeout: 30_000 }).toBe(200)
    expect(await page(place, 'first')).toBe(401)

    const metrics = parsePrometheus(await (await fetch(`http://${pod.reachableAt}:9101/metrics`)).text())
    const samples = (name: string) => metrics.find((each) => each.name === name)?.metrics ?? []
    expect(samples('initbox_fresh')).toEqual([{ value: '1', labels: { tool: 'fetch-secret' } }])
    expect(samples('initbox_item_age_seconds')).toEqual([
      { value: expect.stringMatching(/^\d/), labels: { tool: 'fetch-secret', item: 'vault://secret/web' } },
    ])
    const refreshes = samples('initbox_refreshes_total')
    expect(refreshes.map(({ labels }) => labels?.['result'])).toEqual(['success', 'failure'])
    expect(Number(refreshes[0]?.value)).toBeGreaterThan(1)
    expect(metrics.map(({ type }) => type)).not.toContain('UNTYPED')

    await stop()
    const sidecar = pod.status.containers.find(({ name }) => name === 'fetch-secret')
    expect(sidecar?.ended.map(({ exitCode }) => exitCode)).toEqual([0])
    // Its token has ended with it.
    expect(pod.logs('fetch-secret')).toMatch(/stopped after \d+ refreshes, 0 of them failed/)
  } finally {
    await stop()
  }
})

test('compose.yaml: the same, with the root token', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { WEB_PORT: `${port}` }, async (compose) => {
    const place = `127.0.0.1:${port}`
    await expect.poll(() => page(place, 'first'), { timeout: 60_000 }).toBe(200)
    const put = ['bao', 'kv', 'put', '-mount=secret', 'web', 'password=second']
    expect(await compose('exec', '-T', 'vault', ...put)).toMatchObject({ code: 0 })
    await expect.poll(() => page(place, 'second'), { timeout: 30_000 }).toBe(200)
    expect(await page(place, 'first')).toBe(401)
  })
})
