import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withPod, type RunOptions } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withCompose } from '@initbox/testing/compose'

const folder = import.meta.dirname
const manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const name = `initbox-test-web-${process.pid}`

let runnableNginx = ''
beforeAll(async () => {
  runnableNginx = await runnableImage(nginx)
})

/** Asks until the server answers, which it does within moments of its start. */
async function page(url: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      return await response.text()
    } catch (error) {
      if (tries === 100) throw new Error(`${url} does not answer`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

test.each<RunOptions['mode'] & string>(['docker', 'process'])('pod.yaml serves the page (%s)', async (mode) => {
  await withPod(
    manifest,
    { mode, pod: 'web', images: mode === 'docker' ? { [nginx]: runnableNginx } : {} },
    async (pod) => {
      await pod.ready()
      expect(await page(`http://${pod.reachableAt}:8080/`)).toContain(`Hello, World! Your Pod IP is: ${pod.ip}</p>`)
      expect(pod.logs('write-pod-ip')).toContain('wrote ip.txt')
      expect(String(await pod.readFile('site', 'ip.txt'))).toBe(`${pod.ip}\n`)
      const { containers } = pod.status
      expect(containers.find((each) => each.name === 'write-pod-ip')?.ended.at(-1)?.message).toBe(
        `wrote ip.txt (${pod.ip})`,
      )
    },
  )
})

test('compose.yaml serves the page', async () => {
  const port = await freePort()
  // Outside of the networks that Docker gives out by itself.
  const net = `10.213.${process.pid % 250}`
  await withCompose(join(folder, 'compose.yaml'), { WEB_PORT: `${port}`, WEB_NET: net }, async (compose) => {
    expect(await page(`http://127.0.0.1:${port}/`)).toBe(`<p>Hello, World! Your Pod IP is: ${net}.10</p>`)
    expect((await compose('logs', 'write-pod-ip')).stdout).toContain(`wrote ip.txt (${net}.10)`)
  })
})

/** The shell blocks of the README, with names, addresses, port and image of this run. */
function readmeBlocks(port: number): string[] {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  return [...text.matchAll(/^```sh\n([^`]+)^```$/gm)].map(([, block = '']) =>
    block
      .replaceAll(nginx, runnableNginx)
      .replaceAll('initbox-web', name)
      .replaceAll('172.28.78', `10.214.${process.pid % 250}`)
      .replaceAll('127.0.0.1:8080:', `127.0.0.1:${port}:`),
  )
}

let removal = 'true'
afterAll(() => run('sh', ['-c', removal]))

test('the docker run lines of the README serve the page', async () => {
  const port = await freePort()
  const blocks = readmeBlocks(port)
  removal = blocks.at(-1) ?? ''
  expect(removal).toContain('docker network rm')
  for (const block of blocks.slice(0, -1)) await mustRun('sh', ['-ec', block])
  expect(await page(`http://127.0.0.1:${port}/`)).toMatch(/^<p>Hello, World! Your Pod IP is: 10\.214\.\d+\.10<\/p>$/)
  await mustRun('sh', ['-ec', removal])
  removal = 'true'
})
