import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { runToolWith, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

const size = 24 * 1_048_576 + 12_345
const contents = [randomBytes(size), randomBytes(size)] as const
const sha256 = createHash('sha256').update(contents[0]).digest('hex')
const words = (url: string, ...more: string[]): string[] => [`model.bin=${url}#sha256=${sha256}`, ...more]

type Asked = { readonly from: number; readonly to: number }
type Server = {
  readonly url: string
  /** Requests with a range. */
  readonly asked: Asked[]
  /** Most at once. */
  most: number
  version: 0 | 1
  sent: number
}

/** Answers ranges; `answer` may do otherwise, and says so. */
async function serve(answer: (asked: Asked, response: ServerResponse, server: Server) => boolean): Promise<Server> {
  let atOnce = 0
  const server = { url: '', asked: [] as Asked[], most: 0, version: 0 as 0 | 1, sent: 0 }
  const port = await httpServer((request, response) => {
    const etag = `"${server.version}"`
    const content = contents[server.version]
    const { range, 'if-range': ifRange } = request.headers
    const [, first, last] =
      /^bytes=(\d+)-(\d*)$/.exec(ifRange === undefined || ifRange === etag ? (range ?? '') : '') ?? []
    if (first === undefined) return void response.writeHead(200, { etag, 'content-length': size }).end(content)
    const asked = { from: Number(first), to: last ? Number(last) + 1 : size }
    server.asked.push(asked)
    server.most = Math.max(server.most, ++atOnce)
    response.on('close', () => atOnce--)
    if (answer(asked, response, server)) return
    server.sent += asked.to - asked.from
    response.writeHead(206, {
      etag,
      'content-length': asked.to - asked.from,
      'content-range': `bytes ${asked.from}-${asked.to - 1}/${size}`,
    })
    // A moment later, so that others are asked for meanwhile.
    setTimeout(() => response.end(content.subarray(asked.from, asked.to)), 10)
  })
  server.url = `http://127.0.0.1:${port}/model.bin`
  return server
}

test('a large file comes by so many ranges at once, each byte once', async () => {
  const server = await serve(() => false)
  const { code, log } = await runToolWith(tool, words(server.url, '--connections=4'))
  expect(log).toContain('sha256 verified')
  expect(code).toBe(0)
  expect(readFileSync('model.bin').equals(contents[0])).toBe(true)
  expect(server.most).toBe(4)
  expect(server.sent).toBe(size)
  expect(readdirSync('.').filter((name) => !name.startsWith('.initbox-fetch-file-'))).toEqual(['model.bin'])
})

test('one connection is enough unless more are asked for, and for what is small', async () => {
  const server = await serve(() => false)
  expect(await runToolWith(tool, words(server.url))).toMatchObject({ code: 0 })
  expect(server.asked).toEqual([])
})

test('parts that are cut off or refused are asked for again where they were', async () => {
  let cuts = 0
  const server = await serve(({ from, to }, response) => {
    if (cuts++ % 3 !== 1) return false
    if (cuts % 2 === 0) {
      response.writeHead(503, { 'retry-after': '0' }).end()
      return true
    }
    response.writeHead(206, { etag: '"0"', 'content-range': `bytes ${from}-${to - 1}/${size}` })
    response.write(contents[0].subarray(from, from + 100_000), () => setTimeout(() => response.destroy(), 50))
    return true
  })
  const { code, log } = await runToolWith(tool, words(server.url, '--connections=3'))
  expect(log).toContain('trying again in')
  expect(code).toBe(0)
  expect(readFileSync('model.bin').equals(contents[0])).toBe(true)
})

test('a server that answers a range with the whole has it sent whole, once more (aria2#2393, dragonfly-client#1889)', async () => {
  const server = await serve((_asked, response) => {
    response.writeHead(200, { etag: '"0"', 'content-length': size }).end(contents[0])
    return true
  })
  expect(await runToolWith(tool, words(server.url, '--connections=4'))).toMatchObject({ code: 0 })
  expect(readFileSync('model.bin').equals(contents[0])).toBe(true)
})

test('of a length that nobody knows it comes over one (dragonfly#4573)', async () => {
  const port = await httpServer((_request, response) => {
    response.writeHead(200, { etag: '"0"' }).write(contents[0].subarray(0, 1_000))
    response.end(contents[0].subarray(1_000))
  })
  const { code } = await runToolWith(tool, words(`http://127.0.0.1:${port}/`, '--connections=4'))
  expect(code).toBe(0)
  expect(readFileSync('model.bin').equals(contents[0])).toBe(true)
})

test('an error page instead of a part is no part, whatever its status is (aria2#1115)', async () => {
  const server = await serve((_asked, response, { asked }) => {
    if (![1, 4].includes(asked.length)) return false
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>too many connections</html>')
    return true
  })
  const { code } = await runToolWith(tool, [`model.bin=${server.url}`, '--connections=4'])
  expect(code).toBe(0)
  expect(readFileSync('model.bin').equals(contents[0])).toBe(true)
})

test('what is replaced meanwhile is fetched anew, and never a mixture', async () => {
  const server = await serve((_asked, _response, self) => {
    if (self.asked.length === 5) self.version = 1
    return false
  })
  const { code } = await runToolWith(tool, [`model.bin=${server.url}`, '--connections=2'])
  expect(code).toBe(0)
  expect(readFileSync('model.bin').equals(contents[1])).toBe(true)
})

test('what was replaced after all but the first part had come is fetched anew', async () => {
  const server = await serve(({ from }, response, self) => {
    if (from > 0 || self.version === 1) return false
    if (self.sent > size / 2) response.writeHead(404).end()
    return true
  })
  const run = (): ReturnType<typeof runToolWith> =>
    runToolWith(tool, [`model.bin=${server.url}`, '--connections=4', '--attempt-timeout=1s', '--timeout=2s'])
  expect((await run()).code).not.toBe(0)
  server.version = 1
  expect((await run()).code).toBe(0)
  expect(readFileSync('model.bin').equals(contents[1])).toBe(true)
})

test('a wrong digest is refused', async () => {
  const server = await serve(() => false)
  const url = `model.bin=${server.url}#sha256=${'0'.repeat(64)}`
  const { code, log } = await runToolWith(tool, [url, '--connections=4'])
  expect(log).toContain(`got ${sha256}`)
  expect(code).toBe(5)
  expect(existsSync('model.bin')).toBe(false)
})

test.each([4, 1])('the next run goes on with the parts that are there, by %i connections', async (connections) => {
  let broken = true
  const server = await serve(({ from }, response, self) => {
    // The first part never comes, the others do.
    if (!broken || from > 0) return false
    if (self.sent > size / 2) response.writeHead(404).end()
    return true
  })
  const failing = runToolWith(tool, words(server.url, '--connections=4', '--attempt-timeout=1s', '--timeout=2s'))
  expect((await failing).code).not.toBe(0)
  const [before, already] = [server.asked.length, server.sent]
  expect(already).toBeGreaterThan(size / 2)
  broken = false
  expect(await runToolWith(tool, words(server.url, `--connections=${connections}`))).toMatchObject({ code: 0 })
  expect(readFileSync('model.bin').equals(contents[0])).toBe(true)
  expect(server.sent).toBe(size)
  expect(server.asked.length).toBeGreaterThan(before)
})
