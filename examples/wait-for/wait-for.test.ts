import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { podCommand, withPod } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { beforeAll, expect, test } from 'vitest'
import { mustRun, run } from '@initbox/engine/command'
import { composeCommand } from '@initbox/engine/compose-command'
import { runnableImage } from '@initbox/engine/service-images'

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

test('pod.yaml is right for Kubernetes and the restricted profile', async () => {
  let said = ''
  const { signal } = new AbortController()
  const say = (text: string): void => void (said += text)
  const code = await podCommand(
    ['--check', join(folder, 'pod.yaml')],
    { out: say, err: say },
    { signal, force: signal },
  )
  expect([code, said]).toEqual([0, expect.stringContaining('fits the Kubernetes schema and the restricted profile')])
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
  const [program, ...words] = await composeCommand()
  const text = Object.entries(images).reduce(
    (file, [image, runnable]) => file.replaceAll(`image: ${image}`, `image: ${runnable}`),
    readFileSync(join(folder, 'compose.yaml'), 'utf8'),
  )
  const env = { ...process.env, SHOP_PORT: `${await freePort()}` }
  const name = `initbox-test-shop-${process.pid}`
  const compose = (...args: string[]) =>
    run(program, [...words, '--project-name', name, '--file', '-', ...args], { env, input: text, timeout: 90_000 })
  try {
    expect(await compose('up', '--detach')).toMatchObject({ code: 0 })
    const { stdout } = await compose('logs', 'wait-for-services')
    expect(stdout).toContain('2 targets ready in')
  } finally {
    await compose('down', '--volumes')
  }
})
