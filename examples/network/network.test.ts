import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { runManifest } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { expect, test } from 'vitest'

const folder = import.meta.dirname
const nginx = 'nginxinc/nginx-unprivileged:1.29'

// In Docker only: the members have to find each other by name.
test('deployment.yaml: both members start, and know themselves', async () => {
  const manifest = readFileSync(join(folder, 'deployment.yaml'), 'utf8')
  const images = { [nginx]: await runnableImage(nginx) }
  const { pods } = await runManifest(manifest, { mode: 'docker', images })
  try {
    const peers = pods.filter(({ name }) => name.startsWith('peer'))
    expect(peers).toHaveLength(2)
    for (const pod of peers) {
      await pod.ready()
      const facts = await fetch(`http://${pod.reachableAt}:8080/pod.json`)
      expect(await facts.json()).toMatchObject({ podIP: pod.ip, podName: pod.name })
      expect(String(await pod.readFile('facts', 'hosts'))).toBe(`${pod.ip}\t${pod.name}\n`)
      expect(pod.logs('connections')).toMatch(/^dns peers.*ready/m)
    }
  } finally {
    await pods[0]?.stop()
  }
})

test('compose.yaml: the same', async () => {
  const port = await freePort()
  // Outside of the networks that Docker gives out by itself.
  const net = `10.215.${process.pid % 250}`
  await withCompose(join(folder, 'compose.yaml'), { PORT: `${port}`, NET: net }, async () => {
    const page = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/pod.json`)).json()
    await expect
      .poll(() => page().catch(() => ''), { timeout: 20_000 })
      .toMatchObject({ podIP: `${net}.10`, podName: 'peer' })
  })
})

test('the docker run lines of README.md', async () => {
  await withDockerVolume(async (volume, read) => {
    const [lines = ''] = readmeBlocks(folder, { 'facts:/init': `${volume}:/init` })
    await mustRun('sh', ['-ec', lines])
    expect(JSON.parse(await read('pod.json'))).toMatchObject({ podIP: '10.1.2.3', podName: 'peer-0' })
    expect(await read('pod.env')).toContain("POD_IP='10.1.2.3'")
    expect(await read('hosts')).toBe('10.1.2.3\tpeer-0\n')
  })
})
