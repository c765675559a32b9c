import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withPod } from '@initbox/pod-runner'
import { freePort, launchService, nginx as nginxService, redis as redisService } from '@initbox/testing'
import { beforeAll, expect, test } from 'vitest'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks } from '@initbox/testing/readme'

const folder = import.meta.dirname
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const redis = 'redis:7'

let images: Readonly<Record<string, string>> = {}
let manifest = ''
beforeAll(async () => {
  images = { [nginx]: await runnableImage(nginx), [redis]: await runnableImage(redis) }
  // The official image's redis is 999; where the image is made from Debian packages, it is another.
  const id = await mustRun('docker', ['run', '--rm', '--entrypoint', 'id', images[redis] ?? '', '-u', 'redis'])
  manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8').replace('runAsUser: 999', `runAsUser: ${id}`)
})

test('pod.yaml: the application starts when all targets are ready, and the message says so', async () => {
  await withPod(manifest, { mode: 'docker', pod: 'shop', images }, async (pod) => {
    await pod.ready()
    const log = pod.logs('wait-for-services')
    expect(log).toMatch(/^redis cache:6379: .*ready, /m)
    expect(log).toMatch(/^http api:8080: .*ready \(200 OK\), /m)
    expect(log).not.toContain('change-me')
    const waited = pod.status.containers.find(({ name }) => name === 'wait-for-services')
    expect(waited?.ended.at(-1)?.message).toMatch(
      /^3 targets ready in .*: redis cache:6379, http api:8080, file \/etc\/wait-for\/targets.yaml$/,
    )
  })
})

test('compose.yaml: the same', async () => {
  await withCompose(join(folder, 'compose.yaml'), { SHOP_PORT: `${await freePort()}` }, async (compose) => {
    expect((await compose('logs', 'wait-for-services')).stdout).toContain('2 targets ready in')
  })
})

test('the docker run line of README.md', async () => {
  const network = `initbox-test-shop-${process.pid}`
  await mustRun('docker', ['network', 'create', network])
  const named = (name: string): readonly string[] => ['--network', network, '--network-alias', name]
  const command = ['redis-server', '--save', '', '--requirepass', 'change-me']
  try {
    // Still starting: that is what the line is for.
    await using cache = await launchService(redisService, { command, flags: named('cache') })
    await using api = await launchService(nginxService, { flags: named('api') })
    const [line = ''] = readmeBlocks(folder, { '--network shop': `--network ${network}` })
    const { code, stderr } = await run('sh', ['-ec', line])
    expect([code, stderr]).toEqual([0, expect.stringContaining('2 targets ready in')])
    await Promise.all([cache.stop(), api.stop()])
  } finally {
    await run('docker', ['network', 'rm', network])
  }
})
