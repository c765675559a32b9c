import { getEventListeners } from 'node:events'
import { serve } from '@initbox/testing'
import { expect, test } from 'vitest'
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
