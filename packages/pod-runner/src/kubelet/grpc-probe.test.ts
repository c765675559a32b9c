import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tryGrpc } from './grpc-probe.ts'

const server = new Server()
let port = 0
beforeAll(async () => {
  new HealthImplementation({ '': 'SERVING', cache: 'NOT_SERVING' }).addToServer(server)
  port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
})
afterAll(() => server.forceShutdown())

test('a server that serves is healthy; one of its services may not be, or not be known', async () => {
  await expect(tryGrpc('127.0.0.1', port, '', 10_000)).resolves.toBeUndefined()
  await expect(tryGrpc('127.0.0.1', port, 'cache', 10_000)).resolves.toBe('service unhealthy (responded with status 2)')
  await expect(tryGrpc('127.0.0.1', port, 'other', 10_000)).resolves.toMatch(/^gRPC status 5/)
})

test('what does not answer, or is not there, is told', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const at = (silent.address() as AddressInfo).port
  await expect(tryGrpc('127.0.0.1', at, '', 100)).resolves.toBe(`no answer from port ${at} within 0.1 s`)
  await new Promise((resolve) => silent.close(resolve))
  await expect(tryGrpc('127.0.0.1', at, '', 10_000)).resolves.toContain('ECONNREFUSED')
})
