import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { type RunOptions, withPod } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks } from '@initbox/testing/readme'
import { beforeAll, expect, test } from 'vitest'

const folder = import.meta.dirname
const manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const clean = 'no known vulnerability of high or worse in 1 package'

let runnableNginx = ''
beforeAll(async () => {
  runnableNginx = await runnableImage(nginx)
})

test.each<RunOptions['mode'] & string>(['docker', 'process'])(
  'pod.yaml starts with what somebody accepted (%s)',
  async (mode) => {
    const images = mode === 'docker' ? { [nginx]: runnableNginx } : {}
    await withPod(manifest, { mode, pod: 'shop', images }, async (pod) => {
      await pod.ready()
      expect(pod.logs('check-vulnerabilities')).toContain('(accepted until 2099-12-31: templates come from')
      expect(pod.logs('check-vulnerabilities')).toContain(`${clean} (1 accepted), as of 2022-02-08`)
      expect(String(await pod.readFile('findings', 'findings.json'))).toContain('"judgement": "excepted"')
    })
  },
)

test('pod.yaml: an exception that has ended keeps the application from starting, by exit 5', async () => {
  const ended = manifest
    .replace('until: 2099-12-31', 'until: 2024-12-31')
    .replace('spec:\n', 'spec:\n  restartPolicy: Never\n')
  await withPod(ended, { mode: 'docker', pod: 'shop', images: { [nginx]: runnableNginx } }, async (pod) => {
    expect(await pod.finished()).toMatchObject({ phase: 'Failed' })
    expect(pod.logs('check-vulnerabilities')).toContain('; an exception has ended: GHSA-35jh-r3h4-6jhm')
    const { containers } = pod.status
    expect(containers.find(({ name }) => name === 'check-vulnerabilities')?.ended).toMatchObject([{ exitCode: 5 }])
    expect(containers.find(({ name }) => name === 'nginx')?.ended).toEqual([])
  })
})

test('the docker run line of README.md', async () => {
  const flags = 'docker run --rm --read-only --user 12345:0 --network none'
  const [line = ''] = readmeBlocks(folder, { 'docker run --rm': flags })
  const { code, stderr } = await run('sh', ['-ec', line])
  expect([code, stderr]).toEqual([0, `${clean}, as of 2023-09-05\n`])
})

test('compose.yaml: the same', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { PORT: `${port}` }, async (compose) => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/findings.json`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toContain('"packages": 1')
    expect((await compose('logs', 'check-vulnerabilities')).stdout).toContain(clean)
  })
})
