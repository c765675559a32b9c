import { getEventListeners } from 'node:events'
import { type AddressInfo } from 'node:net'
import { freePort, serve } from '@initbox/testing'
import { postgresStandIn } from '@initbox/testing/stand-ins/postgres'
import { expect, onTestFinished, test } from 'vitest'
import { Session } from './session.ts'
import type { ConnectionSettings } from './settings.ts'

const settings = (port: number): ConnectionSettings => ({
  places: [{ host: '127.0.0.1', port }],
  sessionAttributes: 'any',
  user: 'u',
  database: 'd',
  password: 'p',
  sslMode: 'prefer',
  sslRootCert: undefined,
  sslCert: undefined,
  sslKey: undefined,
  options: undefined,
  applicationName: 'test',
  connectTimeout: 1_000,
})

test('a session that does not come about leaves nothing behind, neither here nor at the server', async () => {
  let open = 0
  const port = await serve((socket) => {
    open++
    socket.on('close', () => open--)
    // An SSLRequest has eight bytes; whoever comes without TLS is asked for an unknown way to log in.
    socket.once('data', ({ length }) => socket.write(length === 8 ? 'N' : Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 99])))
  })
  const { signal } = new AbortController()
  for (let tries = 0; tries < 3; tries++) {
    await expect(Session.open(settings(port), signal)).rejects.toThrow('Unknown authenticationOk message type 99')
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await expect.poll(() => open).toBe(0)
})

test('a signal that is aborted while it connects ends the attempt with its reason', async () => {
  const port = await serve(() => {})
  const stop = new AbortController()
  const opening = Session.open(settings(port), stop.signal)
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await expect(opening).rejects.toThrow('enough')
})

/** A server that says whether its transactions are read-only; returns its port. */
async function standIn(readOnly: 'on' | 'off'): Promise<number> {
  const server = postgresStandIn({ password: 'p', answer: () => ['read_only', readOnly] })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('of several hosts the first that will do: not one that is down, nor one that takes no writes', async () => {
  const ports = [await freePort(), await standIn('on'), await standIn('off')]
  const places = ports.map((port) => ({ host: '127.0.0.1', port }))
  const { signal } = new AbortController()
  const session = await Session.open({ ...settings(0), places, sessionAttributes: 'read-write' }, signal)
  expect(session.place).toEqual(places[2])
  session.end()
  const readOnly = await Session.open({ ...settings(0), places, sessionAttributes: 'read-only' }, signal)
  expect(readOnly.place).toEqual(places[1])
  readOnly.end()
})

test('when none will do, each says why', async () => {
  const [down, standby] = [await freePort(), await standIn('on')]
  const places = [down, standby].map((port) => ({ host: '127.0.0.1', port }))
  const opening = Session.open(
    { ...settings(0), places, sessionAttributes: 'read-write' },
    new AbortController().signal,
  )
  await expect(opening).rejects.toMatchObject({
    exitCode: 124,
    message: `127.0.0.1:${down}/d: connection refused; 127.0.0.1:${standby}/d: the server is read-only`,
  })
})
