import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { runManifest } from '@initbox/pod-runner'
import { launchService, redis } from '@initbox/testing'
import { readmeBlocks } from '@initbox/testing/readme'
import { beforeAll, expect, test } from 'vitest'
import { withCompose } from '@initbox/testing/compose'

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const names = ['nginxinc/nginx-unprivileged:1.29', 'postgres:15', 'redis:7'] as const

let images: Record<string, string> = {}
let services = ''
beforeAll(async () => {
  images = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await runnableImage(name)] as const)))
  services = read('services.yaml')
  // The official images' users are 999; where an image is made from Debian packages, its is another.
  for (const [image, user] of [['redis:7', 'redis'] as const, ['postgres:15', 'postgres'] as const]) {
    const { stdout } = await run('docker', ['run', '--rm', '--entrypoint', 'id', images[image] ?? '', '-u', user])
    services = services.replace('runAsUser: 999', `runAsUser: ${stdout.trim()}`)
  }
})

test.each([
  ['deployment.yaml', 'loaded 3 records'],
  ['from-postgres.yaml', 'loaded 1,000 records'],
])('%s: of three replicas one loads, and all become ready', async (name, sentence) => {
  const { pods } = await runManifest(`${services}\n---\n${read(name)}`, { mode: 'docker', images })
  try {
    const replicas = pods.filter((pod) => pod.name.startsWith('shop'))
    expect(replicas).toHaveLength(3)
    await Promise.all(replicas.map((pod) => pod.ready()))
    const logs = replicas.map((pod) => pod.logs('warm-redis'))
    expect(logs.filter((log) => log.includes(sentence))).toHaveLength(1)
    expect(logs.filter((log) => log.includes('warm:products:v1 is loaded already'))).toHaveLength(2)
  } finally {
    await pods[0]?.stop()
  }
})

test('compose.yaml: the application starts when the cache is warm', async () => {
  await withCompose(join(folder, 'compose.yaml'), {}, async (compose) => {
    expect((await compose('logs', 'warm-redis')).stdout).toContain('loaded 3 records')
    const answer = await compose('exec', '-T', 'cache', 'redis-cli', '-a', 'change-me', 'GET', 'product:2')
    expect(answer.stdout).toContain('{"id":"2","name":"Cup, small","price":"6.50"}')
  })
})

test('the docker run line of README.md loads once', async () => {
  const network = `initbox-test-warm-${process.pid}`
  await mustRun('docker', ['network', 'create', network])
  try {
    await using cache = await launchService(redis, {
      command: ['redis-server', '--save', '', '--requirepass', 'change-me'],
      flags: ['--network', network, '--network-alias', 'cache'],
    })
    const [line = ''] = readmeBlocks(folder, { '--network shop': `--network ${network}` })
    for (const sentence of ['loaded 3 records', 'is loaded already']) {
      const { code, stderr } = await run('sh', ['-ec', line])
      expect([code, stderr]).toEqual([0, expect.stringContaining(sentence)])
    }
    await cache.stop()
  } finally {
    await run('docker', ['network', 'rm', network])
  }
})
