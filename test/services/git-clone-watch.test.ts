import { existsSync, lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { buildTools } from '@initbox/build'
import { freePort, useVolume } from '@initbox/testing'
import { changeListener } from '@initbox/testing/change-listener'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { putRepository, Repository, serveRepositories } from './git-clone/repositories.ts'
import { startBundle } from './running.ts'

useVolume()

const site = new Repository()
const other = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>

beforeAll(async () => {
  site.write('index.html', 'one').write('gone', '').commit()
  other.write('other.html', 'one').commit()
  ;[server] = await Promise.all([serveRepositories({ 'private/site': site, other }), buildTools(['git-clone'])])
})
afterAll(async () => {
  site.remove()
  other.remove()
  await server?.stop()
})

/** Commits this text and waits for nothing. */
async function push(repository: Repository, name: string, path: string, text: string): Promise<void> {
  repository.write(path, text).commit(text)
  await putRepository(server, name, repository)
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

test('--watch publishes each new commit, asks for refs only between them, survives an outage and ends well', async () => {
  const port = await freePort()
  const { url, told } = await changeListener()
  const sidecar = startBundle(
    'git-clone',
    [
      `${server.httpUrl}private/site.git`,
      '--username=git',
      '--watch=500ms',
      `--listen=127.0.0.1:${port}`,
      '--attempt-timeout=2s',
      `--on-change=${url}`,
      '--commit-out=commit',
    ],
    { GIT_CLONE_PASSWORD: 'secret' },
  )
  onTestFinished(() => sidecar.kill('SIGKILL'))
  await sidecar.says(/cloned HEAD at/)
  expect(lstatSync('site').isSymbolicLink()).toBe(true)
  expect(read('site/index.html')).toBe('one')
  const get = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)
  expect((await get('/readyz')).status).toBe(200)

  // Refreshes in which nothing is new.
  const refreshes = async (): Promise<number> =>
    Number(/result="success"\} (\d+)/.exec(await (await get('/metrics')).text())?.[1] ?? 0)
  await expect.poll(refreshes, { timeout: 60_000 }).toBeGreaterThan(8)
  expect(told).toEqual([])

  await push(site, 'private/site', 'index.html', 'two')
  await expect.poll(() => read('site/index.html'), { timeout: 30_000 }).toBe('two')
  await expect.poll(() => told, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ changed: ['site'] }))
  expect(read('commit')).toBe(`${site.git('rev-parse', 'HEAD')}\n`)

  const failures = (): number => sidecar.said().split('the last good result stays').length
  const before = failures()
  await server.docker('pause')
  await expect.poll(failures, { timeout: 30_000 }).toBeGreaterThan(before)
  expect(read('site/index.html')).toBe('two')
  expect((await get('/readyz')).status).toBe(200)
  await server.docker('unpause')
  await push(site, 'private/site', 'index.html', 'three')
  await expect.poll(() => read('site/index.html'), { timeout: 60_000 }).toBe('three')

  expect(await (await get('/metrics')).text()).toMatch(
    /^initbox_item_age_seconds\{tool="git-clone",item="site"\} [\d.]+$/m,
  )
  const probe = startBundle('git-clone', ['probe', 'livez'], { GIT_CLONE_LISTEN: `127.0.0.1:${port}` })
  expect(await probe.ended).toBe(0)
  sidecar.kill('SIGTERM')
  expect(await sidecar.ended).toBe(0)
  expect(sidecar.said()).toMatch(/stopped after \d+ refreshes/)
  expect(sidecar.said()).not.toContain('secret')
  // Every look is a GET and a POST, and each of three commits one POST more; a try that fails halfway is another.
  const logs = await server.logs()
  const count = (request: string): number => logs.split(`${request} HTTP/1.1" 200`).length - 1
  const looks = count('GET /private/site.git/info/refs?service=git-upload-pack')
  expect(count('POST /private/site.git/git-upload-pack')).toBeLessThanOrEqual(looks + 6)
})

test('--watch with --config: what has changed alone is published; a token file is read again', async () => {
  writeFileSync('password', 'secret')
  const config = `repositories:
  - {repo: ${server.httpUrl}private/site.git, username: git, passwordFile: password}
  - ${server.httpUrl}other.git
`
  const words = ['--config', config, '--watch=300ms', '--listen=none', '--on-change=touch:changed']
  const sidecar = startBundle('git-clone', words)
  onTestFinished(() => sidecar.kill('SIGKILL'))
  await sidecar.says(/cloned 2 repositories/)
  const version = readlinkSync('site')
  await push(other, 'other', 'other.html', 'two')
  await expect.poll(() => read('other/other.html'), { timeout: 30_000 }).toBe('two')
  await expect.poll(() => existsSync('changed'), { timeout: 10_000 }).toBe(true)
  expect(readlinkSync('site')).toBe(version)

  // git-sync#975 and #978: a token that is replaced while the sidecar runs, at first by one that is refused.
  writeFileSync('password', 'old')
  await sidecar.says(/401/)
  await push(site, 'private/site', 'index.html', 'four')
  writeFileSync('password', 'secret')
  await expect.poll(() => read('site/index.html'), { timeout: 30_000 }).toBe('four')
  sidecar.kill('SIGTERM')
  expect(await sidecar.ended).toBe(0)
})

test('a first look that fails ends the run', async () => {
  const sidecar = startBundle('git-clone', [`${server.httpUrl}none.git`, '--watch=1s', '--listen=none'])
  expect(await sidecar.ended).toBe(4)
})
