import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage, serviceImage } from '@initbox/engine/service-images'
import { runManifest } from '@initbox/pod-runner'
import { freePort, rsyslog, startService, type Service } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const network = `initbox-test-logs-${process.pid}`

let images: Readonly<Record<string, string>> = {}
let collector: Service<object>
beforeAll(async () => {
  images = { [nginx]: await runnableImage(nginx), 'rsyslog:dev': await serviceImage('rsyslog') }
  await mustRun('docker', ['network', 'create', network])
  collector = await startService(rsyslog, { flags: ['--network', network, '--network-alias', 'logs'] })
})
afterAll(async () => {
  await collector?.stop()
  await mustRun('docker', ['network', 'rm', network])
})

test('the ConfigMap holds what is in the folder', () => {
  const map = readYaml(read('pod.yaml')).find(({ kind }) => kind === 'ConfigMap')
  expect(map).toMatchObject({
    data: { 'site.conf': read('site.conf'), 'rsyslog.conf.tmpl': read('rsyslog.conf.tmpl') },
  })
})

// In Docker only: without it nothing but our tools runs.
test('pod.yaml: the agent starts before nginx and ends after it, and the last line arrives', async () => {
  const { pods, stop } = await runManifest(read('pod.yaml'), { mode: 'docker', images, network })
  try {
    const [pod] = pods
    if (pod === undefined) throw new Error('the manifest has a Pod')
    await pod.ready()
    const url = `http://${pod.reachableAt}:8080`
    await (await fetch(`${url}/first`)).text()
    await expect.poll(() => collector.logs(), { timeout: 20_000 }).toContain('"GET /first')

    // A request that is half sent when the Pod is ended, and served when nginx listens no more.
    const late = connect(8080, pod.reachableAt)
    late.write('GET /late HTTP/1.0\r\n')
    const stopped = stop()
    await expect.poll(() => listens(pod.reachableAt), { timeout: 20_000 }).toBe(false)
    late.write('\r\n')
    expect(await text(late)).toMatch(/^HTTP\/1\.1 404 /)
    await stopped

    const of = (name: string) => pod.status.containers.find((each) => each.name === name)?.ended.at(-1)
    const [agent, server] = [of('ship-logs'), of('nginx')]
    expect(agent?.startedAt).toBeLessThan(server?.startedAt ?? 0)
    expect(agent?.finishedAt).toBeGreaterThan(server?.finishedAt ?? Infinity)
    expect([agent?.exitCode, server?.exitCode]).toEqual([0, 0])
    expect(await collector.logs()).toMatch(/^web access.*"GET \/late/m)
  } finally {
    await stop()
  }
})

function listens(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(8080, host)
    socket.on('connect', () => socket.destroy()).on('error', () => resolve(false))
    socket.on('close', () => resolve(true))
  })
}

test('compose.yaml: the same, and the collector prints the line', async () => {
  const port = await freePort()
  const environment = { PORT: `${port}`, RSYSLOG_IMAGE: images['rsyslog:dev'] ?? '' }
  await withCompose(join(folder, 'compose.yaml'), environment, async (compose) => {
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${port}/compose`).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true)
    const printed = async (): Promise<string> => (await compose('logs', 'logs')).stdout
    await expect.poll(printed, { timeout: 20_000 }).toMatch(/web access.*"GET \/compose/)
  })
})

test('the docker run lines of README.md: rsyslog takes the configuration', async () => {
  await withDockerVolume(async (volume) => {
    const lines = readmeBlocks(folder, {
      'agent:/init': `${volume}:/init`,
      ' rsyslog:dev': ` ${images['rsyslog:dev']}`,
    })
    const { code, stderr } = await run('sh', ['-ec', lines.at(-1) ?? ''])
    expect([code, stderr]).toEqual([0, expect.stringContaining('End of config validation run')])
  })
})
