import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Repository, serveRepositories } from '../../test/services/git-clone/repositories.ts'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'

const folder = import.meta.dirname
const nginx = 'nginxinc/nginx-unprivileged:1.29'
// Docker keeps its networks apart: server and Pod have to be in one.
const network = `initbox-test-git-content-${process.pid}`
const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>
let images: Readonly<Record<string, string>> = {}
let manifest = ''

beforeAll(async () => {
  images = { [nginx]: await runnableImage(nginx) }
  site.write('public/index.html', '<p>from git</p>\n').write('secret.txt', 'not published\n').commit()
  await mustRun('docker', ['network', 'create', network])
  server = await serveRepositories({ 'private/site': site, site }, {}, ['--network', network])
  manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
    .replace('https://git.example.com/owner/site.git', `http://${server.address}:8080/private/site.git`)
    .replace('token: change-me', 'token: secret')
})
afterAll(async () => {
  site.remove()
  await server?.stop()
  await mustRun('docker', ['network', 'rm', network])
})

// In Docker only: without it the stand-in for nginx would serve the volume's root and not its folder html.
test('pod.yaml: the folder of a private repository', async () => {
  await withPod(manifest, { mode: 'docker', pod: 'content', images, network }, async (pod) => {
    await pod.ready()
    const message = pod.status.containers.find(({ name }) => name === 'clone')?.ended.at(-1)?.message
    expect(message).toMatch(/^cloned main at [\da-f]{12} of http:.*\/private\/site\.git to html \(1 file, /)
    expect(String(await pod.readFile('site', 'html/index.html'))).toBe('<p>from git</p>\n')
  })
})

test('compose.yaml: the folder of a public repository', async () => {
  const port = await freePort()
  const environment = { SITE_URL: `http://${server.address}:8080/site.git`, WEB_PORT: `${port}` }
  const served = async (): Promise<void> => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toBe('<p>from git</p>\n')
  }
  await withCompose(join(folder, 'compose.yaml'), environment, served, network)
})

test('the docker run line of README.md', async () => {
  await withDockerVolume(async (volume, file) => {
    const [line = ''] = readmeBlocks(folder, {
      '-v site:/init': `--network ${network} -v ${volume}:/init`,
      'https://git.example.com/owner/site.git': `http://${server.address}:8080/site.git`,
    })
    await mustRun('sh', ['-ec', line])
    expect(await file('html/index.html')).toBe('<p>from git</p>\n')
  })
})
