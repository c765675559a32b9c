import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { runToolWith } from '@initbox/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { probes } from '../../tools/wait-for/src/probes/index.ts'
import { makeCertificate } from '@initbox/testing/certificate'
import { httpsServer } from '@initbox/testing/http-server'
import { serve } from '@initbox/testing/serve'
import { tool } from '../../tools/wait-for/src/tool.ts'
import { hostileServers } from './hostile-servers.ts'
import { canHideResolver, withSilentResolver } from './silent-resolver.ts'

/** Every scheme that talks to a TCP port, as targets that must be more than an accepted connection. */
const schemes = Object.keys(probes).filter((scheme) => !['tcp', 'unix', 'file', 'dns', 'k8s'].includes(scheme))

describe.each(schemes)('wait-for %s', (scheme) => {
  test.each(Object.keys(hostileServers))(
    'is not ready, and neither hangs nor crashes, when the server %s',
    async (name) => {
      const port = await serve(hostileServers[name] ?? (() => {}))
      const limits = ['--timeout=300ms', '--attempt-timeout=100ms', '--no-fail-fast']
      const { code, log } = await runToolWith(tool, [...limits, `${scheme}://127.0.0.1:${port}`])
      expect([code, log]).toEqual([124, expect.stringContaining('gave up after')])
    },
  )

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

  test.runIf(canHideResolver)('a resolver that never answers delays neither an attempt nor the end', async () => {
    const words = [process.execPath, main, '--timeout=500ms', '--attempt-timeout=200ms', 'tcp://db:5432']
    const child = start(...(await withSilentResolver(words)))
    let log = ''
    child.stderr.on('data', (chunk) => (log += String(chunk)))
    const [code] = await once(child, 'exit')
    expect([code, log]).toEqual([124, expect.stringContaining('tcp db:5432: no answer within 200 ms')])
  })

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
