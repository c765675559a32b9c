import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { lookupUntil } from './lookup.ts'

const never = new AbortController().signal
const look = (options: { all?: boolean; family?: number }, signal = never): Promise<unknown[]> =>
  new Promise((resolve) => lookupUntil(signal)('localhost', options, (...answer) => resolve(answer)))

test('answers as net asks', async () => {
  const [four, six] = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]
  expect(await look({ all: true })).toEqual([null, [four, six]])
  expect(await look({ all: true, family: 6 })).toEqual([null, [six]])
  expect(await look({})).toEqual([null, '127.0.0.1', 4])
})

test('net connects by name with it', async () => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket = connect({ host: 'localhost', port, lookup: lookupUntil(never) })
  await expect(new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))).resolves.toBe(
    undefined,
  )
  socket.destroy()
})

test('ends with the signal', async () => {
  const error = new Error('stop')
  const answer = new Promise((resolve) => lookupUntil(AbortSignal.abort(error))('no-such-name.test', {}, resolve))
  expect(await answer).toBe(error)
})
