import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { expect, test } from 'vitest'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'

const folder = import.meta.dirname
const manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const settings = { zone: 'eu-1', workers: expect.any(Number), session: expect.stringMatching(/^[\da-f]{16}$/) }

test('the ConfigMap holds the script as it is in the folder scripts', () => {
  const map = readYaml(manifest).find(({ kind }) => kind === 'ConfigMap')
  expect(map).toMatchObject({ data: { 'setup.mjs': readFileSync(join(folder, 'scripts/setup.mjs'), 'utf8') } })
})

// In Docker only: without it pod-runner runs nothing but the tools.
test('pod.yaml: the script writes the settings, in the words of the tool that it uses', async () => {
  await withPod(manifest, { mode: 'docker', images: { [nginx]: await runnableImage(nginx) } }, async (pod) => {
    await pod.ready()
    expect(JSON.parse(String(await pod.readFile('data', 'html/settings.json')))).toEqual(settings)
    const setup = pod.status.containers.find(({ name }) => name === 'setup')
    expect(setup?.ended.at(-1)?.message).toContain('html/settings.json')
  })
})

test('pod.yaml: what the script refuses is its exit code and its message', async () => {
  const broken = manifest.replace('name: ZONE, value: eu-1', 'name: ELSEWHERE, value: eu-1')
  const withoutRestart = broken.replace(
    '  automountServiceAccountToken',
    '  restartPolicy: Never\n  automountServiceAccountToken',
  )
  await withPod(withoutRestart, { mode: 'docker', images: { [nginx]: await runnableImage(nginx) } }, async (pod) => {
    await pod.finished()
    const setup = pod.status.containers.find(({ name }) => name === 'setup')
    expect(setup?.ended).toMatchObject([{ exitCode: 2, message: '$ZONE is missing' }])
  })
})

test('compose.yaml: the same', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { PORT: `${port}` }, async () => {
    const page = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/settings.json`)).json()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toEqual(settings)
  })
})

test('the docker run line of README.md: a second run keeps the session', async () => {
  await withDockerVolume(async (volume, read) => {
    const [line = ''] = readmeBlocks(folder, { 'data:/init': `${volume}:/init` })
    const results = []
    for (const _ of [1, 2]) {
      expect(await run('sh', ['-ec', line])).toMatchObject({ code: 0 })
      results.push(JSON.parse(await read('html/settings.json')))
    }
    expect(results[0]).toEqual(settings)
    expect(results[1]).toEqual(results[0])
  })
})
