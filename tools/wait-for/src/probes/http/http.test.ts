import { connect, type Socket } from 'node:net'
import { createServer as createServer2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { DeniedError } from '@initbox/core'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '@initbox/testing/certificate'
import { bodyOf, httpServer, httpsServer } from '@initbox/testing/http-server'
import { prepared, probeOnce } from '../../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'

const never = new AbortController().signal
const certificate = makeCertificate()
afterAll(() => certificate.remove())

describe('http', () => {
  test.each([
    ['', 200, '', '200 OK'],
    ['', 204, '', '204 No Content'],
    ['', 302, '', '302 Found'],
    ['?status=404', 404, '', '404 Not Found'],
    ['?status=200,403', 403, '', '403 Forbidden'],
    ['?matches=^all good$', 200, 'x\nall good\ny', '200 OK'],
    ['?json=/status=UP&json=/n=3', 200, '{"status":"UP","n":3}', '200 OK'],
    ['?response-header=x-a: b&response-header=date:', 200, '', '200 OK'],
  ])('%s is ready with %i %j', async (query, status, body, fact) => {
    const port = await httpServer((_, response) => response.writeHead(status, { 'x-a': 'b' }).end(body))
    await expect(probeOnce(`http://127.0.0.1:${port}/${query}`)).resolves.toBe(fact)
  })

  test.each([
    ['', 404, '', '404', true],
    ['', 410, '', '410', true],
    ['', 429, '', '429', false],
    ['', 500, '', '500', false],
    ['', 503, '', '503', false],
    ['?status=200', 302, '', '302', false],
    ['?matches=good', 200, 'bad', 'other body', false],
    ['?json=/status=UP', 200, '{"status":"STARTING"}', '/status=STARTING', false],
    ['?json=/status=UP', 200, '<html>', 'no JSON', false],
    ['?response-header=x-b:', 200, '', 'other header', false],
  ])('%s is not yet ready with %i %j', async (query, status, body, state, gone) => {
    const port = await httpServer((_, response) => response.writeHead(status).end(body))
    await expect(probeOnce(`http://127.0.0.1:${port}/${query}`)).rejects.toMatchObject({ state, gone })
  })

  test.each([401, 403])('%i is denied', async (status) => {
    const port = await httpServer((_, response) => response.writeHead(status).end())
    await expect(probeOnce(`http://127.0.0.1:${port}/`)).rejects.toBeInstanceOf(DeniedError)
  })

  test('sends method, path, own query, headers, login and body, on each try', async () => {
    const seen: unknown[] = []
    const port = await httpServer(async (request, response) => {
      const { method, url, headers } = request
      seen.push([method, url, headers.host, headers['x-a'], headers.authorization, await bodyOf(request)])
      response.writeHead(503).end()
    })
    const { attempt } = await prepared(
      `http://app@127.0.0.1:${port}/q?a=1#method=POST&header=X-A: b&body={"é":1}&password-env=PASSWORD`,
      {
        environment: { PASSWORD: 'word' },
      },
    )
    await expect(attempt(never)).rejects.toMatchObject({ state: '503' })
    await expect(attempt(never)).rejects.toMatchObject({ state: '503' })
    const one = ['POST', '/q?a=1', `127.0.0.1:${port}`, 'b', 'Basic YXBwOndvcmQ=', '{"é":1}']
    expect(seen).toEqual([one, one])
  })

  test('sends a bearer token from a file', async () => {
    const port = await httpServer((request, response) =>
      response.writeHead(request.headers.authorization === 'Bearer t0ken' ? 200 : 401).end(),
    )
    const environment = { TOKEN: 't0ken' }
    await expect(probeOnce(`http://127.0.0.1:${port}/?token-env=TOKEN`, { environment })).resolves.toBe('200 OK')
    await expect(probeOnce(`http://127.0.0.1:${port}/`)).rejects.toBeInstanceOf(DeniedError)
  })

  test('follows redirects when asked to, without the login to another origin, and not in a loop', async () => {
    const logins: (string | undefined)[] = []
    const elsewhere = await httpServer(
      (request, response) => (logins.push(request.headers.authorization), response.end('there')),
    )
    const port = await httpServer((request, response) => {
      const location = { '/one': '/two', '/two': `http://127.0.0.1:${elsewhere}/`, '/loop': '/loop' }[request.url ?? '']
      response.writeHead(307, { location }).end()
    })
    await expect(probeOnce(`http://a:b@127.0.0.1:${port}/one?redirects=2&matches=there`)).resolves.toBe('200 OK')
    expect(logins).toEqual([undefined])
    await expect(probeOnce(`http://127.0.0.1:${port}/loop?redirects=20`)).rejects.toMatchObject({ state: 'redirects' })
    await expect(probeOnce(`http://127.0.0.1:${port}/loop`)).resolves.toBe('307 Temporary Redirect')
  })

  test('reads no more of a body than it needs', async () => {
    let sent = 0
    const flood = async (socket: Socket): Promise<void> => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n')
      const chunk = Buffer.alloc(65_536, 'x')
      while (!socket.destroyed) {
        sent += chunk.length
        if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
      }
    }
    const port = await serve((socket) => socket.once('data', () => void flood(socket)))
    await expect(probeOnce(`http://127.0.0.1:${port}/`)).resolves.toBe('200 OK')
    await expect(probeOnce(`http://127.0.0.1:${port}/?matches=never`)).rejects.toMatchObject({ state: 'other body' })
    // Two connections: one MiB was read, and the kernel's buffers took a few more.
    expect(sent).toBeLessThan(64 * 1_024 * 1_024)
  })

  test.each([
    ['no HTTP', (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), 'no HTTP'],
    ['a TLS alert', (socket: Socket) => socket.write(Buffer.from([21, 3, 1, 0, 2, 2, 70])), 'no HTTP'],
    ['an end', (socket: Socket) => socket.end(), 'closed'],
    ['half an answer', (socket: Socket) => socket.end('HTTP/1.1 200 O'), 'closed'],
    ['nothing', () => {}, 'silent'],
    ['endless headers', (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), 'too large'],
  ])('is not yet ready when the server sends %s', async (_, act, state) => {
    const port = await serve((socket) => void act(socket))
    await expect(probeOnce(`http://127.0.0.1:${port}/`, { limit: 100 })).rejects.toMatchObject({ state })
  })

  test('speaks TLS with a CA, and refuses without it', async () => {
    const port = await httpsServer(certificate, (_, response) => response.end())
    await expect(probeOnce(`https://localhost:${port}/?ca=${certificate.file}`)).resolves.toBe('200 OK')
    await expect(probeOnce(`https://localhost:${port}/`)).rejects.toMatchObject({ exitCode: 5 })
    await expect(probeOnce(`http://localhost:${port}/`)).rejects.toMatchObject({ exitCode: 124 })
  })

  test('speaks HTTP/2 in the clear', async () => {
    const server = createServer2((request, response) =>
      response.writeHead(request.url === '/up' ? 200 : 503).end('{"up":true}'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(probeOnce(`h2c://127.0.0.1:${port}/up?json=/up=true`)).resolves.toBe('200')
    await expect(probeOnce(`h2c://127.0.0.1:${port}/`)).rejects.toMatchObject({ state: '503' })
    const one = await httpServer((_, response) => response.end())
    await expect(probeOnce(`h2c://127.0.0.1:${one}/`)).rejects.toMatchObject({ state: 'no HTTP/2' })
  })

  test('goes through a proxy: as it is for http, by a tunnel for https', async () => {
    const seen: string[] = []
    const port = await httpsServer(certificate, (_, response) => response.end())
    const proxy = await serve((client) =>
      client.once('data', (data) => {
        const head = data.toString()
        seen.push(head.split('\r\n')[0] ?? '', ...(/proxy-authorization: .*/.exec(head) ?? []))
        if (!head.startsWith('CONNECT')) return client.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
        const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'))
        client.pipe(upstream).pipe(client)
        return upstream.on('error', () => client.destroy())
      }),
    )
    const environment = { https_proxy: `http://u:p@127.0.0.1:${proxy}`, http_proxy: `http://127.0.0.1:${proxy}` }
    await expect(probeOnce(`https://web.test/?sni=localhost&ca=${certificate.file}`, { environment })).resolves.toBe(
      '200 OK',
    )
    await expect(probeOnce('http://web.test/up', { environment })).resolves.toBe('200 OK')
    expect(seen).toEqual([
      'CONNECT web.test:443 HTTP/1.1',
      'proxy-authorization: Basic dTpw',
      'GET http://web.test/up HTTP/1.1',
    ])
    await expect(probeOnce('http://127.0.0.1:1/up?proxy=none', { environment })).rejects.toMatchObject({
      state: 'refused',
    })
  })

  test("the user's Host replaces ours, so that a virtual host can be reached by address", async () => {
    const port = await httpServer((request, response) => {
      const hosts = request.rawHeaders.filter((_, index) => request.rawHeaders[index - 1]?.toLowerCase() === 'host')
      response.writeHead(hosts.join() === 'shop.test' ? 200 : 400).end()
    })
    await expect(probeOnce(`http://127.0.0.1:${port}/?header=Host: shop.test`)).resolves.toBe('200 OK')
    const agents: (string | undefined)[] = []
    const other = await httpServer((request, response) => {
      agents.push(request.headers['user-agent'])
      response.end()
    })
    await probeOnce(`http://127.0.0.1:${other}/`)
    await probeOnce(`http://127.0.0.1:${other}/?header=User-Agent: me`)
    expect(agents).toEqual(['initbox-wait-for/dev', 'me'])
  })

  test('an answer that was not expected says its first words', async () => {
    const port = await httpServer((_, response) => response.writeHead(400).end('<html><p>Host header\n is wrong</p>'))
    await expect(probeOnce(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      message: '400 Bad Request: Host header is wrong',
    })
  })

  test('an event stream is ready as soon as what has arrived matches', async () => {
    const port = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: hello\n\n')
      setImmediate(() => response.write('data: {"state":"ready"}\n\n'))
    })
    await expect(probeOnce(`http://127.0.0.1:${port}/?matches="state":"ready"`)).resolves.toBe('200 OK')
  })

  test.each([
    ['?status=5xx', 500, ''],
    ['?method=head&status=2xx', 200, ''],
    ['?json=/up=true', 200, '\ufeff{"up":true}'],
  ])('%s is ready with %i', async (query, status, body) => {
    const port = await httpServer((_, response) => response.writeHead(status).end(body))
    await expect(probeOnce(`http://127.0.0.1:${port}/${query}`)).resolves.toMatch(String(status))
  })

  test('a websocket is ready when the server switches to it', async () => {
    const port = await serve((socket) =>
      socket.once('data', (data) => {
        const asked = /^GET \/socket HTTP\/1.1\r\n/.test(data.toString()) && /upgrade: websocket/.test(data.toString())
        const head = 'connection: upgrade\r\nupgrade: websocket\r\n\r\n'
        socket.write(asked ? `HTTP/1.1 101 Switching Protocols\r\n${head}` : 'HTTP/1.1 404 Not Found\r\n\r\n')
      }),
    )
    await expect(probeOnce(`ws://127.0.0.1:${port}/socket`)).resolves.toBe('101 Switching Protocols')
    const plain = await httpServer((_, response) => response.end())
    await expect(probeOnce(`ws://127.0.0.1:${plain}/socket`)).rejects.toMatchObject({ state: '200' })
  })

  test('a redirect that cannot be followed is not ready', async () => {
    const port = await httpServer((_, response) => response.writeHead(302, { location: 'ftp://x/' }).end())
    await expect(probeOnce(`http://127.0.0.1:${port}/?redirects=3`)).rejects.toMatchObject({ state: 'redirect' })
  })
})
