import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { runToolWith, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

const size = 600_000
const content = Buffer.alloc(size, 'abcdefghijk')
const other = Buffer.alloc(size, 'ABCDEFGHIJK')
const cutAt = 250_000
const sha256 = createHash('sha256').update(content).digest('hex')

type Server = { readonly url: string; readonly asked: { range: string; ifRange: string }[] }
type Answer = (response: ServerResponse, request: IncomingMessage, from: number) => void

/** Sends the beginning and ends the connection, and from then on answers as it is told. */
async function cutOnce(headers: Readonly<Record<string, string>>, answer: Answer): Promise<Server> {
  const asked: { range: string; ifRange: string }[] = []
  const port = await httpServer((request, response) => {
    const { range = '', 'if-range': ifRange } = request.headers
    asked.push({ range, ifRange: String(ifRange ?? '') })
    if (asked.length > 1) return answer(response, request, Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0))
    response.writeHead(200, { 'content-length': size, ...headers })
    // What is on its way when the connection ends may be lost: it is ended once it has arrived.
    return void response.write(content.subarray(0, cutAt), () => setTimeout(() => response.destroy(), 100))
  })
  return { url: `http://127.0.0.1:${port}/model.bin`, asked }
}

const strong = { etag: '"1"' }
const part = (from: number, of = size): Record<string, string> => ({ 'content-range': `bytes ${from}-${of - 1}/${of}` })

test.each<readonly [string, Readonly<Record<string, string>>, Answer, Buffer, readonly string[]]>([
  [
    '200 with the whole',
    strong,
    (response) => response.writeHead(200, { ...strong, 'content-length': size }).end(content),
    content,
    ['"1"'],
  ],
  [
    '200 with Content-Range and the part',
    strong,
    (response, _request, from) => response.writeHead(200, { ...strong, ...part(from) }).end(content.subarray(from)),
    content,
    ['"1"'],
  ],
  [
    '206 that starts before',
    strong,
    (response) => response.writeHead(206, { ...strong, ...part(100_000) }).end(content.subarray(100_000)),
    content,
    ['"1"'],
  ],
  [
    '206 that starts behind',
    strong,
    (response, _request, from) => {
      if (from === 0) response.writeHead(200, strong).end(content)
      else response.writeHead(206, { ...strong, ...part(from + 1) }).end(content.subarray(from + 1))
    },
    content,
    ['"1"', ''],
  ],
  [
    '206 of another ETag',
    strong,
    (response, _request, from) =>
      from === 0
        ? response.writeHead(200, { etag: '"2"' }).end(other)
        : response.writeHead(206, { etag: '"2"', ...part(from) }).end(other.subarray(from)),
    other,
    ['"1"', ''],
  ],
  [
    '200 of another ETag, as If-Range asks for',
    strong,
    (response) => response.writeHead(200, { etag: '"2"' }).end(other),
    other,
    ['"1"', ''],
  ],
  [
    'another size',
    strong,
    (response, _request, from) =>
      from === 0
        ? response.writeHead(200, strong).end(content.subarray(0, 400_000))
        : response.writeHead(206, { ...strong, ...part(from, 400_000) }).end(content.subarray(from, 400_000)),
    content.subarray(0, 400_000),
    ['"1"', ''],
  ],
  [
    'a weak ETag, which says nothing of bytes',
    { etag: 'W/"1"' },
    (response, _request, from) =>
      from === 0
        ? response.writeHead(200, { etag: 'W/"1"' }).end(other)
        : response.writeHead(206, { etag: 'W/"1"', ...part(from) }).end(other.subarray(from)),
    other,
    ['', ''],
  ],
  [
    'Last-Modified where there is no ETag',
    { 'last-modified': 'Tue, 03 Nov 2026 10:00:00 GMT' },
    (response, _request, from) =>
      response
        .writeHead(206, { 'last-modified': 'Tue, 03 Nov 2026 10:00:00 GMT', ...part(from) })
        .end(content.subarray(from)),
    content,
    ['Tue, 03 Nov 2026 10:00:00 GMT'],
  ],
])('after a cut: %s', async (_what, headers, answer, wanted, ifRanges) => {
  const { url, asked } = await cutOnce(headers, answer)
  const { code, log } = await runToolWith(tool, [`model.bin=${url}`])
  expect(log).toContain('fetched model.bin')
  expect(code).toBe(0)
  expect(readFileSync('model.bin').equals(wanted)).toBe(true)
  expect(asked[1]?.range).toBe(`bytes=${cutAt}-`)
  expect(asked.slice(1).map(({ ifRange }) => ifRange)).toEqual(ifRanges)
})

test('with a digest the rest of a file without ETag is joined, and what does not fit is refused', async () => {
  const rest =
    (of: Buffer): Answer =>
    (response, _request, from) =>
      void response.writeHead(206, part(from)).end(of.subarray(from))
  const good = await cutOnce({}, rest(content))
  expect((await runToolWith(tool, [`model.bin=${good.url}#sha256=${sha256}`])).code).toBe(0)
  expect(good.asked.length).toBe(2)
  const bad = await cutOnce({}, rest(other))
  const { code, log } = await runToolWith(tool, [`bad.bin=${bad.url}#sha256=${sha256}`])
  expect(log).toContain('another sha256 than expected')
  expect(code).toBe(5)
  expect(existsSync('bad.bin')).toBe(false)
})

test('416 behind the last byte says that all is there', async () => {
  let asked = 0
  const port = await httpServer((request, response) => {
    asked++
    if (request.headers.range === `bytes=${size}-`)
      return response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
    // Chunked, and cut before the chunk that ends it: nobody knows yet that this was all.
    response.writeHead(200, strong)
    return void response.write(content, () => setTimeout(() => response.destroy(), 100))
  })
  const { code } = await runToolWith(tool, [`model.bin=http://127.0.0.1:${port}/`])
  expect(code).toBe(0)
  expect(asked).toBe(2)
  expect(readFileSync('model.bin').equals(content)).toBe(true)
})
