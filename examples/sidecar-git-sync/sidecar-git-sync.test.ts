import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putRepository, Repository, serveRepositories } from '../../test/services/git-clone/repositories.ts'

const folder = import.meta.dirname
const nginx = 'nginxinc/nginx-unprivileged:1.29'
// Docker keeps its networks apart: server and Pod have to be in one.
const network = `initbox-test-git-sync-${process.pid}`
const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>
let images: Readonly<Record<string, string>> = {}
let manifest = ''

beforeAll(async () => {
  images = { [nginx]: await runnableImage(nginx) }
  site.write('public/index.html', 'one').commit()
  await mustRun('docker', ['network', 'create', network])
  server = await serveRepositories({ 'private/site': site, site }, {}, ['--network', network])
  manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
    .replace('https://git.example.com/owner/site.git', `http://${server.address}:8080/private/site.git`)
    .replace('--watch, 30s', '--watch, 1s')
    .replace('token: change-me', 'token: secret')
})
afterAll(async () => {
  site.remove()
  await server?.stop()
  await mustRun('docker', ['network', 'rm', network])
})

async function push(name: string, text: string): Promise<void> {
  site.write('public/index.html', text).commit(text)
  await putRepository(server, name, site)
}

test('pod.yaml: a commit that is pushed is served', async () => {
  await withPod(manifest, { mode: 'docker', pod: 'git-sync', images, network }, async (pod) => {
    await pod.ready()
    expect(String(await pod.readFile('site', 'html/index.html'))).toBe('one')
    await push('private/site', 'two')
    await expect
      .poll(async () => String(await pod.readFile('site', 'html/index.html')), { timeout: 60_000 })
      .toBe('two')
  })
})

test('compose.yaml: the same of a public repository', async () => {
  const port = await freePort()
  const environment = { SITE_URL: `http://${server.address}:8080/site.git`, SITE_WATCH: '1s', WEB_PORT: `${port}` }
  const served = async (): Promise<void> => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 60_000 }).not.toBe('')
    await push('site', 'three')
    await expect.poll(() => page().catch(() => ''), { timeout: 60_000 }).toBe('three')
  }
  await withCompose(join(folder, 'compose.yaml'), environment, served, network)
})
