import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startStandIn } from './stand-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'stand-in-'))
writeFileSync(join(folder, 'index.html'), '<p>hello</p>')
mkdirSync(join(folder, 'sub'))
symlinkSync('/etc/hostname', join(folder, 'outside'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('serves the files of the volume, and nothing beside it', async () => {
  const lines: string[] = []
  const port = await freePort()
  const running = await startStandIn({ image: 'nginx', address: '127.0.0.1', ports: [port], folder }, (line) =>
    lines.push(line),
  )
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return [response.status, await response.text()]
  }
  expect(await get('/')).toEqual([200, '<p>hello</p>'])
  expect(await get('/index.html')).toEqual([200, '<p>hello</p>'])
  const refused = ['/outside', '/..%2f..%2fetc/hostname', '/sub', '/missing', '/%00']
  const statuses = await Promise.all(refused.map(async (path) => (await get(path))[0]))
  expect(statuses).toEqual(refused.map(() => 404))
  expect(lines).toEqual([`(pod-runner) nginx needs Docker; a stand-in answers http://127.0.0.1:${port}`])
  await running.stop(0)
  expect((await running.exit).exitCode).toBe(0)
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
})

test('a port that is taken is a start error', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const running = await startStandIn(
    { image: 'nginx', address: '127.0.0.1', ports: [port], folder: undefined },
    () => undefined,
  )
  expect(await running.exit).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
    error: expect.stringContaining('EADDRINUSE'),
  })
  taken.close()
})
