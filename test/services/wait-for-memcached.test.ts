import { launchService, memcached } from '@initbox/testing'
import { expect, test } from 'vitest'
import { exchange } from '../../packages/testing/src/services/exchange.ts'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

test('wait-for memcached: ready as soon as it keeps a value, and no sooner', async () => {
  await using server = await launchService(memcached)
  const place = `memcached://${server.address}:11211`
  await statesUntilReady(place)
  await expect(probeOnce(`${place}?exists=greeting`)).rejects.toMatchObject({ state: 'no key', gone: true })
  expect(String(await exchange(server.port, 'set greeting 0 60 5\r\nhello\r\n'))).toBe('STORED\r\n')
  await expect(probeOnce(`${place}?exists=greeting`)).resolves.toBeUndefined()
})

test('wait-for memcached: with an authfile', async () => {
  const command = ['sh', '-c', 'echo app:secret > /tmp/users && exec memcached -Y /tmp/users']
  await using server = await launchService(memcached, { command })
  await statesUntilReady(`memcached://app:secret@${server.address}`)
  await expect(probeOnce(`memcached://${server.address}`)).resolves.toBe('password wanted, server is up')
  await expect(probeOnce(`memcached://app:wrong@${server.address}`)).rejects.toMatchObject({ exitCode: 3 })
})
