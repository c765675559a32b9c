import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { UsageError } from '@initbox/core'
import { makeCertificate } from '@initbox/testing/certificate'
import { bodyOf, httpServer, httpsServer } from '@initbox/testing/http-server'
import { serve } from '@initbox/testing/serve'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Header, Pool, readBody, request } from '../index.ts'

const never = new AbortController().signal
const certificate = makeCertificate()
afterAll(() => certificate.remove())

const at = (port: number, path = '/'): URL => new URL(`http://127.0.0.1:${port}${path}`)
const text = async (...given: Parameters<typeof request>): Promise<string> =>
  (await readBody(await request(...given), 10_000)).toString()

describe('request', () => {
  test('sends method, headers and body; streams the answer', async () => {
    const port = await httpServer(async (asked, answer) => {
      const { host, accept, connection } = asked.headers
      answer.end(JSON.stringify([asked.method, asked.url, host, accept, connection, await bodyOf(asked)]))
    })
    const headers: Header[] = [['X-A', 'b']]
    const answer = await text(at(port, '/q?a=1'), { method: 'POST', headers, body: 'é', signal: never })
    expect(JSON.parse(answer)).toEqual(['POST', '/q?a=1', `127.0.0.1:${port}`, '*/*', 'close', 'é'])
  })

  test("the user's header replaces ours", async () => {
    const port = await httpServer((asked, answer) => answer.end(JSON.stringify(asked.rawHeaders)))
    const headers: Header[] = [
      ['Host', 'shop.test'],
      ['USER-AGENT', 'me'],
      ['accept', 'a/b'],
      ['Connection', 'close'],
    ]
    expect(JSON.parse(await text(at(port), { headers, signal: never }))).toEqual(headers.flat())
  })

  test.each<[string, Header[], string | undefined]>([
    ['not Latin-1', [['x', '€']], undefined],
    ['a line break', [['x', 'a\nb']], undefined],
    ['no token', [['x y', 'a']], undefined],
    ['Trailer without chunks', [['Trailer', 'x']], 'body'],
  ])('a header that HTTP does not allow (%s) is the user’s to mend', async (_, headers, body) => {
    const port = await httpServer((_asked, answer) => answer.end())
    await expect(request(at(port), { headers, body, signal: never })).rejects.toBeInstanceOf(UsageError)
  })

  test('goes to another origin without a login, and keeps what is harmless', async () => {
    const seen: unknown[] = []
    const there = await httpServer((asked, answer) => {
      seen.push([asked.headers.authorization, asked.headers['x-vault-token'], asked.headers.accept])
      answer.end('there')
    })
    const port = await httpServer((_, answer) => answer.writeHead(302, { location: at(there).href }).end('gone'))
    const headers: Header[] = [
      ['authorization', 'Bearer x'],
      ['X-Vault-Token', 'y'],
      ['Accept', 'a/b'],
    ]
    await expect(text(at(port), { headers, redirects: 1, signal: never })).resolves.toBe('there')
    expect(seen).toEqual([[undefined, undefined, 'a/b']])
  })

  test('never follows from https to http, nor to what cannot be followed', async () => {
    const insecure = await httpsServer(certificate, (_, answer) =>
      answer.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
    )
    const url = new URL(`https://127.0.0.1:${insecure}/`)
    const tls = { ca: certificate.file }
    await expect(request(url, { tls, redirects: 5, signal: never })).rejects.toMatchObject({
      message: 'the redirect leads from https to http://127.0.0.1, which is not followed',
    })
    const port = await httpServer((asked, answer) => {
      const location = asked.url === '/none' ? {} : { location: asked.url === '/ftp' ? 'ftp://x/' : 'http://[' }
      answer.writeHead(302, location).end()
    })
    for (const [path, message] of [
      ['/none', 'the redirect (302) says not where to'],
      ['/ftp', 'the redirect (302) leads to ftp:, which cannot be followed'],
      ['/odd', 'the redirect (302) leads to no URL'],
    ] as const) {
      await expect(request(at(port, path), { redirects: 1, signal: never })).rejects.toMatchObject({
        exitCode: 5,
        message,
        hint: 'give the URL that the server wants to be asked',
      })
      expect((await request(at(port, path), { signal: never })).status).toBe(302)
    }
  })

  test('a loop of redirects ends', async () => {
    let asked = 0
    const port = await httpServer((_, answer) => answer.writeHead(302, { location: `/${asked++}` }).end())
    await expect(request(at(port), { redirects: 3, signal: never })).rejects.toMatchObject({
      exitCode: 5,
      message: `more than 3 redirects, the last one to http://127.0.0.1:${port}`,
    })
    expect(asked).toBe(4)
  })

  test('chooses the proxy for each hop', async () => {
    const asked: string[] = []
    const proxy = await serve((socket) =>
      socket.once('data', (data) => {
        asked.push(data.toString().split('\r\n')[0] ?? '')
        socket.end('HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n')
      }),
    )
    const direct = await httpServer((_, answer) => answer.writeHead(302, { location: 'http://far.test/x' }).end())
    const rule = (url: URL): URL | undefined => (url.hostname === 'far.test' ? at(proxy) : undefined)
    const denied = { exitCode: 3, message: `the proxy 127.0.0.1:${proxy} wants another login: 407 No` }
    await expect(request(at(direct), { proxy: rule, redirects: 1, signal: never })).rejects.toMatchObject(denied)
    const url = new URL('https://far.test/')
    await expect(request(url, { proxy: rule, signal: never })).rejects.toMatchObject(denied)
    expect(asked).toEqual(['GET http://far.test/x HTTP/1.1', 'CONNECT far.test:443 HTTP/1.1'])
  })

  test('a failure names the proxy that was used', async () => {
    const closing = await serve((socket) => socket.once('data', () => socket.end()))
    const named = (port: number) => ({ exitCode: 124, message: expect.stringContaining(`proxy 127.0.0.1:${port}`) })
    for (const url of ['http://far.test/', 'https://far.test/']) {
      const refusing = request(new URL(url), { proxy: () => at(1), signal: never })
      await expect(refusing).rejects.toMatchObject(named(1))
      const ending = request(new URL(url), { proxy: () => at(closing), signal: never })
      await expect(ending).rejects.toMatchObject(named(closing))
    }
  })

  test('a body that ends early, or that the signal ends, says so', async () => {
    const port = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
      setImmediate(() => socket.end())
    })
    await expect(text(at(port), { signal: never })).rejects.toMatchObject({ state: 'closed', exitCode: 124 })
    const stuck = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'))
    const stop = new AbortController()
    const response = await request(at(stuck), { signal: stop.signal })
    const reason = new Error('stopped')
    setImmediate(() => stop.abort(reason))
    await expect(readBody(response, 1_000)).rejects.toBe(reason)
  })

  test('101 is an answer as any other', async () => {
    const port = await serve((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    )
    const response = await request(at(port), { signal: never })
    expect(response.status).toBe(101)
    expect((await readBody(response, 10)).length).toBe(0)
  })
})

describe('Pool', () => {
  /** Counts connections. */
  async function counting(answer: (asked: IncomingMessage, response: ServerResponse) => void) {
    const sockets = new Set<Socket>()
    const port = await httpServer((asked, response) => {
      sockets.add(asked.socket)
      answer(asked, response)
    })
    const pool = new Pool()
    onTestFinished(() => pool.close())
    return { port, pool, sockets }
  }

  test('uses a connection again once its answer has been read', async () => {
    const { port, pool, sockets } = await counting((asked, response) => response.end(asked.url))
    for (const path of ['/1', '/2', '/3']) {
      await expect(text(at(port, path), { pool, signal: never })).resolves.toBe(path)
    }
    expect(sockets.size).toBe(1)
    await Promise.all(['/4', '/5'].map((path) => text(at(port, path), { pool, signal: never })))
    expect(sockets.size).toBe(2)
  })

  test('a connection that the server closed is replaced, in time or too late', async () => {
    const { port, pool, sockets } = await counting((asked, response) => {
      if (sockets.size === 1 && asked.url === '/2') asked.socket.destroy()
      else response.end(asked.url)
    })
    await expect(text(at(port, '/1'), { pool, signal: never })).resolves.toBe('/1')
    await expect(text(at(port, '/2'), { pool, signal: never })).resolves.toBe('/2')
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 10))
    await expect(text(at(port, '/3'), { pool, signal: never })).resolves.toBe('/3')
    expect(sockets.size).toBe(3)
  })

  test('does not keep what the server wants closed', async () => {
    const { port, pool, sockets } = await counting((_, response) =>
      response.writeHead(200, { connection: 'close' }).end('x'),
    )
    for (let count = 0; count < 3; count++) await text(at(port), { pool, signal: never })
    expect(sockets.size).toBe(3)
  })
})
