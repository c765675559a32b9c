import { redis, startService, withService } from '@initbox/testing'
import { expect, test } from 'vitest'
import { exchange } from '../../packages/testing/src/services/exchange.ts'
import { run } from '@initbox/engine/command'

const exists = async (name: string): Promise<boolean> => (await run('docker', ['inspect', name])).code === 0

test('a service is gone after its use, a failed one too', async () => {
  const name = await withService(redis, async (server) => server.name)
  expect(await exists(name)).toBe(false)
  let failed = ''
  const failing = withService(redis, async (server) => {
    failed = server.name
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
  expect(await exists(failed)).toBe(false)
})

test('a service that does not come up is reported with its log', async () => {
  const starting = startService(redis, { command: ['redis-server', '--port', 'nonsense'] })
  await expect(starting).rejects.toThrow(/redis ended while it started:[^]*nonsense/)
})

test('a service keeps its port over a crash', async () => {
  await using server = await startService(redis)
  await server.docker('kill')
  await expect(exchange(server.port, 'PING\r\n')).rejects.toThrow(Error)
  await server.docker('start')
  await server.ready()
  expect(String(await exchange(server.port, 'PING\r\n'))).toBe('+PONG\r\n')
})

test('the address of a service is its own, also when another one took the old one meanwhile', async () => {
  await using server = await startService(redis)
  await server.docker('kill')
  await using other = await startService(redis)
  await server.docker('start')
  expect(server.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(server.address).not.toBe(other.address)
})
