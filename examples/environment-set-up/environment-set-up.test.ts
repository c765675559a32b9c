import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withPod, type RunOptions } from '@initbox/pod-runner'
import { beforeAll, expect, test } from 'vitest'
import { run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'

const folder = import.meta.dirname
const manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'

let runnableNginx = ''
beforeAll(async () => {
  runnableNginx = await runnableImage(nginx)
})

test.each<RunOptions['mode'] & string>(['docker', 'process'])('pod.yaml prepares its volume (%s)', async (mode) => {
  const images = mode === 'docker' ? { [nginx]: runnableNginx } : {}
  await withPod(manifest, { mode, pod: 'shop', images }, async (pod) => {
    await pod.ready()
    expect(String(await pod.readFile('data', 'site/index.html'))).toContain('the shop is open')
    expect(String(await pod.readFile('data', 'site/current'))).toContain('the shop is open')
    expect(pod.logs('prepare')).toContain('made folder cache/pages')
  })
})

test('the docker run line of README.md does its work once, and says so the second time', async () => {
  await withDockerVolume(async (volume) => {
    const flags = `docker run --rm --read-only --user 12345:0 -v ${volume}:/init`
    const [line = ''] = readmeBlocks(folder, { 'docker run --rm -v data:/init': flags })
    const first = await run('sh', ['-ec', line])
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('copied 2 files from /config to site')])
    const second = await run('sh', ['-ec', line])
    expect([second.code, second.stderr]).toEqual([0, 'nothing to do: all 3 steps are done already\n'])
  })
})

test('compose.yaml: the same', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { PORT: `${port}` }, async (compose) => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toContain('the shop is open')
    expect((await compose('logs', 'prepare')).stdout).toContain('made folder cache/pages')
  })
})
