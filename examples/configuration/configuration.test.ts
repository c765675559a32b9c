import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { expect, test } from 'vitest'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'

test('the ConfigMaps hold what is in the folders', () => {
  const maps = readYaml(read('pod.yaml')).filter(({ kind }) => kind === 'ConfigMap')
  expect(maps).toMatchObject([
    { data: { 'default.conf.tmpl': read('templates/default.conf.tmpl') } },
    { data: { 'default.conf': read('api/default.conf') } },
  ])
})

// In Docker only: without it nothing but our tools runs, and so nothing proxies.
test('pod.yaml: the proxy knows its upstream, and the token', async () => {
  const images = { [nginx]: await runnableImage(nginx) }
  await withPod(read('pod.yaml'), { mode: 'docker', pod: 'proxy', images }, async (pod) => {
    await pod.ready()
    const page = await fetch(`http://${pod.reachableAt}:8080/`)
    expect(await page.text()).toBe('hello from the api\n')
    expect(`${pod.logs('render')}${pod.logs('nginx')}`).not.toContain('change-me')
  })
})

test('compose.yaml: the same', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { PORT: `${port}` }, async () => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toBe('hello from the api\n')
  })
})

test('the docker run line of README.md', async () => {
  await withDockerVolume(async (volume, file) => {
    const [line = ''] = readmeBlocks(folder, { 'conf:/init': `${volume}:/init` })
    await mustRun('sh', ['-ec', line])
    const made = await file('default.conf')
    expect(made).toContain('proxy_pass http://api:8080;')
    expect(made).toContain('X-Forwarded-For $remote_addr;')
  })
})
