import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { freePort, launchService, nginx as nginxService } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'

const folder = import.meta.dirname
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const network = `initbox-test-security-${process.pid}`
const pod = readFileSync(join(folder, 'pod.yaml'), 'utf8')
const [, publicKey = ''] = /--public-key=(\S+)/.exec(pod) ?? []
const plugin = "export const plugin = 'checked'\n"

const certificates = {
  good: makeCertificate({ name: 'plugins' }),
  short: makeCertificate({ name: 'plugins', days: 3 }),
}
const indented = (text: string): string => `|\n${text.trim().replaceAll(/^/gm, '    ')}`
const manifestWith = ({ cert, key }: { readonly cert: string; readonly key: string }): string =>
  pod
    .replace('  tls.crt: change-me', `  tls.crt: ${indented(cert)}`)
    .replace('  tls.key: change-me', `  tls.key: ${indented(key)}`)

let images: Readonly<Record<string, string>> = {}
const ca = mkdtempSync(join(tmpdir(), 'initbox-ca-'))
let server: Awaited<ReturnType<typeof launchService>>
beforeAll(async () => {
  images = { [nginx]: await runnableImage(nginx) }
  chmodSync(ca, 0o755) // the containers' user is another
  const config = readYaml(pod).find(({ kind }) => kind === 'ConfigMap')?.['data'] as Record<string, string>
  for (const [name, text] of [
    ['ca.crt', certificates.good.cert],
    ['tls.crt', certificates.good.cert],
    ['tls.key', certificates.good.key],
    ['default.conf', config['default.conf'] ?? ''],
  ] as const) {
    writeFileSync(join(ca, name), text)
    chmodSync(join(ca, name), 0o644)
  }
  await mustRun('docker', ['network', 'create', network])
  const mounts = ['-v', `${ca}:/etc/nginx/tls:ro`, '-v', `${ca}/default.conf:/etc/nginx/conf.d/default.conf:ro`]
  server = await launchService(nginxService, { flags: ['--network', network, '--network-alias', 'plugins', ...mounts] })
})
afterAll(async () => {
  for (const certificate of Object.values(certificates)) certificate.remove()
  rmSync(ca, { recursive: true })
  await server?.stop()
  await mustRun('docker', ['network', 'rm', network])
})

test('pod.yaml: the application starts with the file that was checked', async () => {
  await withPod(manifestWith(certificates.good), { mode: 'docker', pod: 'shop', images }, async (running) => {
    await running.ready()
    expect(running.logs('check-certificate')).toContain('ready')
    expect(String(await running.readFile('plugins', 'plugin.js'))).toBe(plugin)
  })
})

const never = (text: string): string => text.replace('restartPolicy: Always', 'restartPolicy: Never')

test.each([
  ['a certificate that ends in three days', 'check-certificate', never(manifestWith(certificates.short))],
  [
    'a file that somebody has replaced',
    'fetch-plugin',
    never(manifestWith(certificates.good)).replace("plugin = 'checked'", "plugin = 'replaced'"),
  ],
])('pod.yaml: %s keeps the application from starting, by exit 5', async (_, container, manifest) => {
  await withPod(manifest, { mode: 'docker', pod: 'shop', images }, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Failed' })
    const { containers } = running.status
    expect(containers.find(({ name }) => name === container)?.ended).toMatchObject([{ exitCode: 5 }])
    expect(containers.find(({ name }) => name === 'nginx')?.ended).toEqual([])
  })
})

test('compose.yaml: the same', async () => {
  const port = await freePort()
  const environment = { SERVER: 'plugins:8443', PUBLIC_KEY: publicKey, CA: ca, PORT: `${port}` }
  const served = async (): Promise<void> => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/plugin.js`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toBe(plugin)
  }
  await withCompose(join(folder, 'compose.yaml'), environment, served, network)
})

test('the docker run lines of README.md', async () => {
  await withDockerVolume(async (volume, read) => {
    const [lines = ''] = readmeBlocks(folder, {
      'docker run --rm': `docker run --rm --network ${network}`,
      '$PWD/ca': ca,
      'plugins:/init': `${volume}:/init`,
      'shop.example:443': 'plugins:8443',
      'https://shop.example/': 'https://plugins:8443/',
    })
    expect(await run('sh', ['-ec', lines])).toMatchObject({ code: 0 })
    expect(await read('plugin.js')).toBe(plugin)
  })
})
