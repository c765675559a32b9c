import { createHash } from 'node:crypto'
import { serve, runToolWith, useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { fakeRedis, store } from '../testing/fake-redis.ts'
import { tool } from '../tool.ts'

useVolume()

const content = Array.from({ length: 5000 }, (_, index) => `{"key":"k${index}","value":"v${index}"}\n`).join('')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const ok = (headers: string, body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n${headers}\r\n${body}`

/** A server that answers the request of each number; one that is undefined is left open. Returns the URL and the requests. */
async function web(reply: (request: string, turn: number) => { text: string; end?: boolean }) {
  const requests: string[] = []
  const port = await serve((socket) =>
    socket.on('data', (bytes) => {
      requests.push(String(bytes))
      const { text, end = true } = reply(String(bytes), requests.length)
      socket.write(text)
      if (end) socket.end()
    }),
  )
  return { requests, url: `http://127.0.0.1:${port}/a.ndjson` }
}

async function load(url: string, ...argv: string[]) {
  const { keys, answer } = store()
  const times = ['--timeout', '2s', '--attempt-timeout', '300ms']
  const result = await runToolWith(tool, ['--in', url, '--url', await fakeRedis(answer), ...times, ...argv])
  return { ...result, keys: keys.size }
}

test('content with the right hash is loaded; a wrong one is refused before anything is sent', async () => {
  const { url, requests } = await web(() => ({ text: ok('', content) }))
  expect(await load(`${url}#sha256=${sha256(content)}`)).toMatchObject({ code: 0, keys: 5000 })
  // Once to know the hash, once to send.
  expect(requests.length).toBe(2)
  expect(await load(`${url}#sha256=${sha256('other')}`)).toMatchObject({
    code: 5,
    keys: 0,
    log: expect.stringMatching(/a\.ndjson has the SHA-256 [\da-f]{64}, not /),
  })
})

test.each(['ETag: "1"', 'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT', 'ETag: W/"1"\r\nLast-Modified: then'])(
  'a transfer that breaks goes on where it broke (%s)',
  async (version) => {
    const { url, requests } = await web((request) => {
      const [, from] = /range: bytes=(\d+)-/i.exec(request) ?? []
      const start = Number(from ?? 0)
      if (from === undefined) return { text: ok(`${version}\r\n`, content.slice(0, 1000)) }
      const rest = content.slice(start, start < 60_000 ? start + 30_000 : undefined)
      const range = `Content-Range: bytes ${start}-${content.length - 1}/${content.length}`
      return {
        text: `HTTP/1.1 206 Partial\r\nContent-Length: ${content.length - start}\r\n${version}\r\n${range}\r\n\r\n${rest}`,
      }
    })
    expect(await load(url)).toMatchObject({ code: 0, keys: 5000 })
    expect(requests.length).toBeGreaterThan(2)
    expect(requests[1]).toMatch(/if-range: (?!W)/i)
  },
)

test('a server without ranges says it again from the beginning', async () => {
  const { url } = await web((_, turn) => ({ text: ok('ETag: "1"\r\n', turn < 3 ? content.slice(0, 9999) : content) }))
  expect(await load(url)).toMatchObject({ code: 0, keys: 5000, log: expect.stringContaining('loaded 5,000 records') })
})

test('silence in the middle ends the connection, and the rest is asked for', async () => {
  const { url } = await web((_, turn) => ({
    text: ok('ETag: "1"\r\n', turn === 1 ? content.slice(0, 9999) : content),
    end: turn > 1,
  }))
  expect(await load(url)).toMatchObject({ code: 0, keys: 5000 })
})

test('a server that takes the request and is silent', async () => {
  const { url } = await web(() => ({ text: '', end: false }))
  expect(await load(url)).toMatchObject({ code: 124, log: expect.stringContaining('no answer within 300 ms') })
})

test.each([
  ['another version', (turn: number) => ok(`ETag: "${turn}"\r\n`, content.slice(0, 1000)), 5, 'is another one by now'],
  [
    'another part',
    (turn: number) =>
      turn === 1
        ? ok('ETag: "1"\r\n', content.slice(0, 1000))
        : 'HTTP/1.1 206 Partial\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/1\r\n\r\nx',
    5,
    'is another one by now',
  ],
  ['no version', () => ok('', content.slice(0, 1000)), 124, 'nobody can go on there'],
  ['the same break for ever', () => ok('ETag: "1"\r\n', content.slice(0, 1000)), 124, 'broke off at byte 1000'],
  ['404', () => 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 4, 'a.ndjson'],
  ['403', () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 3, 'a.ndjson'],
  ['503', () => 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n', 124, 'a.ndjson'],
  ['nothing', () => '', 124, 'cannot read 127.0.0.1'],
] as const)('a server with %s', async (_, reply, code, message) => {
  const { url } = await web((__, turn) => ({ text: reply(turn) }))
  const result = await load(url)
  expect(result.log).toContain(message)
  expect(result.code).toBe(code)
})
