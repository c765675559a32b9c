import { createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '@initbox/testing/certificate'
import { httpServer } from '@initbox/testing/http-server'
import { probeOnce } from '../../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

const certificate = makeCertificate()
afterAll(() => certificate.remove())

/** A gRPC server that gives every call the same answer, and what it was asked. */
async function grpcServer(answer: { status?: number; words?: string; message?: number[]; http?: number }, tls = false) {
  const asked: unknown[] = []
  const server = tls ? createSecureServer({ cert: certificate.cert, key: certificate.key }) : createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const { status = 0, words = '', message, http = 200 } = answer
    const body: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => body.push(chunk))
    stream.on('end', () => {
      asked.push([headers[':path'], headers['authorization'], Buffer.concat(body).toString('latin1')])
      const trailers = { 'grpc-status': String(status), 'grpc-message': words }
      if (message === undefined)
        return stream.respond({ ':status': http, ...(http === 200 ? trailers : {}) }, { endStream: true })
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      return stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: ((server as unknown as Server).address() as AddressInfo).port, asked }
}

describe('grpc', () => {
  test('is ready when the server is serving; asks for the service with the token', async () => {
    const { port, asked } = await grpcServer({ message: [8, 1] })
    await expect(probeOnce(`grpc://127.0.0.1:${port}`)).resolves.toBeUndefined()
    const environment = { TOKEN: 't0ken' }
    await expect(
      probeOnce(`grpc://127.0.0.1:${port}?service=shop.Cart&token-env=TOKEN`, { environment }),
    ).resolves.toBeUndefined()
    const path = '/grpc.health.v1.Health/Check'
    expect(asked).toEqual([
      [path, undefined, '\0\0\0\0\0'],
      [path, 'Bearer t0ken', '\0\0\0\0\u000b\n\tshop.Cart'],
    ])
  })

  test('a connection that is closed is not an answer without a status', async () => {
    const server = createServer()
    server.on('stream', (stream) => stream.on('error', () => {}).session?.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(probeOnce(`grpc://127.0.0.1:${port}`)).rejects.toMatchObject({
      state: 'closed',
      message: 'the connection was closed before there was an answer',
    })
  })

  test('speaks TLS', async () => {
    const { port } = await grpcServer({ message: [8, 1] }, true)
    await expect(probeOnce(`grpcs://localhost:${port}?ca=${certificate.file}`)).resolves.toBeUndefined()
    await expect(probeOnce(`grpcs://localhost:${port}`)).rejects.toMatchObject({ exitCode: 5 })
    await expect(probeOnce(`grpc://localhost:${port}`)).rejects.toMatchObject({ exitCode: 124 })
  })

  test.each([
    [{ message: [8, 2] }, 'not serving'],
    [{ message: [8, 3] }, 'service unknown'],
    [{ message: [] }, 'unknown'],
    [{ message: [8, 9] }, 'unknown'],
    [{ message: [10, 1, 65] }, 'unexpected answer'],
    [{ status: 5, words: 'unknown service' }, 'service unknown'],
    [{ status: 12 }, 'no health service'],
    [{ status: 14, words: 'starting' }, 'gRPC UNAVAILABLE'],
    [{ http: 503 }, '503'],
  ])('is not yet ready with %j', async (answer, state) => {
    const { port } = await grpcServer(answer)
    await expect(probeOnce(`grpc://127.0.0.1:${port}`)).rejects.toMatchObject({ state })
  })

  test.each([
    [7, 'PERMISSION_DENIED'],
    [16, 'UNAUTHENTICATED'],
  ])('status %i is denied', async (status, name) => {
    const { port } = await grpcServer({ status, words: 'no' })
    await expect(probeOnce(`grpc://127.0.0.1:${port}`)).rejects.toMatchObject({
      exitCode: 3,
      message: `gRPC ${name}: no`,
    })
  })

  test('is not yet ready where nobody speaks HTTP/2, or nobody speaks', async () => {
    const one = await httpServer((_, response) => response.end())
    await expect(probeOnce(`grpc://127.0.0.1:${one}`)).rejects.toMatchObject({ state: 'no HTTP/2' })
    const silent = await serve(() => {})
    await expect(probeOnce(`grpc://127.0.0.1:${silent}`, { limit: 50 })).rejects.toMatchObject({ state: 'silent' })
    await survivesGarbage(
      (port) => `grpc://127.0.0.1:${port}`,
      [
        (random) => random,
        // A SETTINGS frame (RFC 9113 §6.5), and then anything.
        (random) => Buffer.concat([Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), random]),
      ],
    )
  })
})
