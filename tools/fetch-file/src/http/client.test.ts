import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { NotReadyError, UsageError } from '@initbox/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HttpClient } from './client.ts'
import type { Response } from './connection.ts'

const { signal } = new AbortController()

let server: Server
let url: URL
let client: HttpClient
/** Connections that came, and the requests on each. */
let asked: string[][]
/** What a request is answered with. */
let answer: (socket: Socket, head: string, count: number) => void

beforeEach(async () => {
  asked = []
  server = createServer((socket) => {
    const heads: string[] = []
    asked.push(heads)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      heads.push(bytes.toString('latin1'))
      answer(socket, bytes.toString('latin1'), asked.flat().length)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  url = new URL(`http://127.0.0.1:${port}`)
  client = new HttpClient(async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  })
})
afterEach(() => {
  client.close()
  server.close()
})

const ok = (body: string, ...headers: string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n')

const get = (path = '/', headers = {}, until = signal): Promise<Response> =>
  client.request({ url, path, headers }, until)

async function bodyOf(response: Response): Promise<string> {
  let body = ''
  await response.drain((bytes) => void (body += bytes.toString('latin1')))
  return body
}

test('a connection is kept for the next request, with what was given as it is', async () => {
  answer = (socket) => socket.write(ok('hello'))
  expect(await bodyOf(await get('/%7Ea?b', { host: 'h', x: 'ü' }))).toBe('hello')
  expect(await bodyOf(await get('/2'))).toBe('hello')
  expect(asked).toEqual([
    ['GET /%7Ea?b HTTP/1.1\r\nconnection: keep-alive\r\nhost: h\r\nx: ü\r\n\r\n', expect.stringMatching(/^GET \/2 /)],
  ])
})

test('two requests at once have a connection each', async () => {
  answer = (socket, _, count) => void (count === 2 && socket.write(ok('b')))
  const first = get()
  first.catch(() => {})
  expect(await bodyOf(await get())).toBe('b')
  expect(asked).toHaveLength(2)
})

test.each([
  ['says that it is the last', (socket: Socket) => socket.write(ok('hello', 'Connection: close'))],
  ['has more than was asked for', (socket: Socket) => socket.write(`${ok('hello')}HTTP/1.1`)],
  ['ends with the connection', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello')],
])('a connection whose answer %s is not used again', async (_, each) => {
  answer = each
  expect(await bodyOf(await get())).toBe('hello')
  expect(await bodyOf(await get())).toBe('hello')
  expect(asked).toHaveLength(2)
})

test.each([
  ['closes', (socket: Socket) => socket.end()],
  ['resets', (socket: Socket) => socket.resetAndDestroy()],
])('a kept connection that the server %s at the next request is replaced once', async (_, end) => {
  answer = (socket, _head, count) => void (count === 2 ? end(socket) : socket.write(ok('hello')))
  expect(await bodyOf(await get())).toBe('hello')
  expect(await bodyOf(await get('/again'))).toBe('hello')
  expect(asked.flat().filter((head) => head.startsWith('GET /again'))).toHaveLength(2)
  answer = end
  await expect(get('/never')).rejects.toThrow(NotReadyError)
  expect(asked.flat().filter((head) => head.startsWith('GET /never'))).toHaveLength(2)
})

test('an answer that is cut off is said to be', async () => {
  answer = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  const response = await get()
  await expect(bodyOf(response)).rejects.toThrow('the connection was closed before all was there')
})

test('bytes wait for who takes them, and the connection with them', async () => {
  const large = 'x'.repeat(30 << 20)
  let isSent = false
  answer = (socket) => socket.write(ok(large), () => void (isSent = true))
  const response = await get()
  let length = 0
  let wasSent: boolean | undefined
  await response.drain(async (bytes) => {
    length += bytes.length
    if (wasSent === undefined) await new Promise((resolve) => setTimeout(resolve, 100))
    wasSent ??= isSent
  })
  expect(wasSent).toBe(false)
  expect(length).toBe(large.length)
})

test('what the taker throws is what the drain throws, and the connection is given up when the answer is cancelled', async () => {
  answer = (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello`)
  const response = await get()
  const drained = response.drain(() => {
    throw new Error('full')
  })
  await expect(drained).rejects.toThrow('full')
  response.cancel()
  answer = (socket) => socket.write(ok('b'))
  expect(await bodyOf(await get())).toBe('b')
  expect(asked).toHaveLength(2)
})

test('the signal ends a request that has no answer', async () => {
  answer = () => undefined
  const stop = new AbortController()
  const request = get('/', {}, stop.signal)
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await expect(request).rejects.toThrow('enough')
  await expect(get('/', {}, stop.signal)).rejects.toThrow('enough')
})

test('a header that would be two is not sent', async () => {
  await expect(get('/', { 'x-token': 'a\r\nb: c' })).rejects.toThrow(UsageError)
  expect(asked.flat()).toEqual([])
})
