import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeListener } from '@initbox/testing/change-listener'
import { freePort, nginx, type Service, startService, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startBundle } from './running.ts'

useVolume()

const html = mkdtempSync(join(tmpdir(), 'initbox-html-'))
let web: Service<{ readonly url: string }>

/** An archive of so many files that all hold the version: a mixture would be seen. */
function publish(version: number): void {
  mkdirSync(join(html, 'site'), { recursive: true })
  // Of another time each: nginx makes its ETag of the length and the second.
  for (let index = 0; index < 20; index++) writeFileSync(join(html, `site/${index}`), `${version} `.repeat(version))
  execFileSync(
    'sh',
    [
      '-c',
      `tar cf new.tar site && touch -d @${1_700_000_000 + version} new.tar && chmod -R a+rX . && mv new.tar site.tar`,
    ],
    { cwd: html },
  )
}

beforeAll(async () => {
  publish(1)
  writeFileSync(join(html, 'motd'), 'hello')
  execFileSync('chmod', ['-R', 'a+rX', html])
  web = await startService(nginx, { flags: ['--volume', `${html}:/usr/share/nginx/html:ro`] })
}, 120_000)
afterAll(async () => {
  await web.stop()
  rmSync(html, { recursive: true })
})

test('--watch asks again, switches at once, tells of it, survives an outage and ends well', async () => {
  const port = await freePort()
  const { url, told } = await changeListener()
  const sidecar = startBundle('fetch-file', [
    `site=${web.url}site.tar#unpack&strip=1`,
    `motd=${web.url}motd`,
    '--watch=300ms',
    '--attempt-timeout=1s',
    `--listen=127.0.0.1:${port}`,
    `--on-change=${url}`,
  ])
  onTestFinished(() => sidecar.kill('SIGKILL'))
  await sidecar.says(/fetched 2 outputs: 21 files/)
  expect(lstatSync('site').isSymbolicLink()).toBe(true)
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  await expect.poll(() => web.logs(), { timeout: 15_000 }).toMatch(/GET \/site\.tar HTTP\/1\.1" 304/)

  // What a reader finds while it is switched is one version, always.
  const seen = new Set<string>()
  let version = 1
  const read = (): string => {
    const names = readdirSync('site')
    seen.add(`${names.length}`)
    return readFileSync('site/7', 'utf8')
  }
  for (version = 2; version < 5; version++) {
    publish(version)
    await expect.poll(read, { timeout: 20_000, interval: 2 }).toBe(`${version} `.repeat(version))
  }
  expect([...seen]).toEqual(['20'])
  await expect.poll(() => told, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ changed: ['site'] }))
  expect(told).not.toContainEqual(expect.objectContaining({ changed: expect.arrayContaining(['motd']) }))

  await web.docker('pause')
  await sidecar.says(/the last good result stays/)
  expect(read()).toBe('4 '.repeat(4))
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  await web.docker('unpause')
  publish(5)
  await expect.poll(read, { timeout: 30_000 }).toBe('5 '.repeat(5))

  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  expect(metrics).toMatch(/^initbox_item_age_seconds\{tool="fetch-file",item="site"\} [\d.]+$/m)
  const probe = startBundle('fetch-file', ['probe', 'livez'], { FETCH_FILE_LISTEN: `127.0.0.1:${port}` })
  expect(await probe.ended).toBe(0)
  sidecar.kill('SIGTERM')
  expect(await sidecar.ended).toBe(0)
  expect(sidecar.said()).toMatch(/stopped after \d+ refreshes/)
  // One version and perhaps the one before it, which the next run takes away.
  expect(readdirSync('.').filter((name) => name.startsWith('.initbox-v')).length).toBeLessThanOrEqual(2)
}, 120_000)

test('a port that is taken is exit 2, and a first fetch that fails ends the run', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const words = [`motd=${web.url}motd`, '--watch=1s']
  const second = startBundle('fetch-file', [...words, `--listen=127.0.0.1:${(taken.address() as AddressInfo).port}`])
  expect(await second.ended).toBe(2)
  expect(second.said()).toContain('it is in use')
  const missing = startBundle('fetch-file', [`x=${web.url}none`, '--watch=1s', '--listen=none'])
  expect(await missing.ended).toBe(4)
})
