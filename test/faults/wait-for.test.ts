import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith } from '@initbox/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { probes } from '../../tools/wait-for/src/probes/index.ts'
import { makeCertificate } from '../../tools/wait-for/src/testing/certificate.ts'
import { httpsServer } from '../../tools/wait-for/src/testing/http-server.ts'
import { serve } from '../../tools/wait-for/src/testing/serve.ts'
import { tool } from '../../tools/wait-for/src/tool.ts'

/** Sends `text` one byte every 10 ms, for ever. */
function drip(text: string): (socket: Socket) => void {
  return (socket) => {
    let at = 0
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 10)
    socket.on('close', () => clearInterval(timer))
  }
}

/** Sends bytes as fast as they are taken, for ever. */
function flood(bytes: Buffer): (socket: Socket) => void {
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(bytes));
    }
    socket.on('drain', more)
    more()
  }
}

const hostile: Readonly<Record<string, (socket: Socket) => void>> = {
  'accepts and never answers': () => {},
  'hangs up at once': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'drips a header for ever': drip('HTTP/1.1 200 OK\r\nx-a: bcdefghijklmnopqrstuvwxyz\r\n'),
  'sends zeros without end': flood(Buffer.alloc(65_536)),
  'sends 0xff without end': flood(Buffer.alloc(65_536, 0xff)),
  'sends letters without end': flood(Buffer.alloc(65_536, 'A')),
  'answers as HTTP': (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'answers as SSH': (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
}

/** Every scheme that talks to a TCP port, as targets that must be more than an accepted connection. */
const schemes = Object.keys(probes).filter((scheme) => !['tcp', 'unix', 'file', 'dns', 'k8s'].includes(scheme))

describe.each(schemes)('wait-for %s', (scheme) => {
  test.each(Object.keys(hostile))('is not ready, and neither hangs nor crashes, when the server %s', async (name) => {
    const port = await serve(hostile[name] ?? (() => {}))
    const limits = ['--timeout=300ms', '--attempt-timeout=100ms', '--no-fail-fast']
    const { code, log } = await runToolWith(tool, [...limits, `${scheme}://127.0.0.1:${port}`])
    expect([code, log]).toEqual([124, expect.stringContaining('gave up after')])
  })

  test('is not ready when the server speaks TLS where it should not, or the reverse', async () => {
    const certificate = makeCertificate()
    onTestFinished(() => certificate.remove())
    const port = await httpsServer(certificate, (_, response) => response.writeHead(503).end())
    const { code, log } = await runToolWith(tool, [
      '--timeout=300ms',
      '--no-fail-fast',
      `${scheme}://localhost:${port}`,
    ])
    // A tls target asks for a certificate and no more; this one nobody signed.
    expect([code, log]).toEqual([124, expect.stringContaining('gave up after')])
  })
})

describe('the process', () => {
  const main = join(import.meta.dirname, '../../tools/wait-for/src/main.ts')
  const start = (command: string, ...args: string[]) =>
    spawn(command, args, { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'ignore', 'pipe'] })

  test('ends with 143 on SIGTERM, whatever it waits for', async () => {
    const port = await serve(() => {})
    const child = start(
      process.execPath,
      main,
      `redis://127.0.0.1:${port}?attempt-timeout=1h`,
      'file:///nonexistent',
      'tcp://127.0.0.1:1',
    )
    await once(child.stderr, 'data')
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    expect(code).toBe(143)
  })

  // Another resolv.conf needs a mount namespace of its own.
  test.runIf(process.getuid?.() === 0)(
    'a resolver that never answers delays neither an attempt nor the end',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'initbox-resolver-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      // A socket takes the queries there and never answers.
      writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.53\noptions timeout:30 attempts:5\n')
      const { createSocket } = await import('node:dgram')
      const socket = createSocket('udp4')
      const bound = await new Promise<boolean>((resolve) => {
        socket.once('error', () => resolve(false)).bind(53, '127.0.0.53', () => resolve(true))
      })
      onTestFinished(() => void socket.close())
      expect(bound).toBe(true)
      const script = `mount --bind ${folder}/resolv.conf /etc/resolv.conf && exec "$@"`
      const child = start(
        'unshare',
        '--mount',
        'sh',
        '-c',
        script,
        'sh',
        process.execPath,
        main,
        '--timeout=500ms',
        '--attempt-timeout=200ms',
        'tcp://db:5432',
      )
      let log = ''
      child.stderr.on('data', (chunk) => (log += String(chunk)))
      const [code] = await once(child, 'exit')
      expect([code, log]).toEqual([124, expect.stringContaining('tcp db:5432: no answer within 200 ms')])
    },
  )

  test('a port that opens between two attempts is seen, and the exit code says so', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    await new Promise((resolve) => server.close(resolve))
    const child = start(process.execPath, main, `tcp://127.0.0.1:${port}`)
    await once(child.stderr, 'data')
    const later = createServer().listen(port, '127.0.0.1')
    onTestFinished(() => void later.close())
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })
})
