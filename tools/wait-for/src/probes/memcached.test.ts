import { DeniedError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../testing/probe-once.ts'
import { answer, serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../testing/survives-garbage.ts'

const probe = (port: number, rest = '', user = ''): Promise<string | undefined> =>
  probeOnce(`memcached://${user}127.0.0.1:${port}${rest}`)

// Lines as in memcached's doc/protocol.txt.
describe('memcached', () => {
  const version = { version: 'VERSION 1.6.18\r\n' }

  test.each([
    ['', '', version, undefined],
    ['?exists=warm', '', { ...version, 'get warm\r\n': 'VALUE warm 0 5\r\nhello\r\nEND\r\n' }, undefined],
    ['', 'app:s%20cret@', { ...version, 'set login 0 0 10\r\napp s cret\r\n': 'STORED\r\n' }, undefined],
    ['', '', { version: 'CLIENT_ERROR unauthenticated\r\n' }, 'password wanted, server is up'],
  ])('is ready: %s %s', async (rest, user, answers, fact) => {
    const port = await serve(answer(answers))
    await expect(probe(port, rest, user)).resolves.toBe(fact)
  })

  test.each([
    ['', { version: 'SERVER_ERROR out of memory\r\n' }, 'server error'],
    ['', { version: 'ERROR\r\n' }, 'unexpected answer'],
    ['', { version: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'unexpected answer'],
    ['', { version: '\x15\x03\x01\0\x02\x02\n' }, 'unexpected answer'],
    ['', { version: 'V'.repeat(2_000) }, 'unexpected answer'],
    ['?exists=warm', { ...version, get: 'END\r\n' }, 'no key'],
    ['?exists=warm', { ...version, get: 'SERVER_ERROR busy\r\n' }, 'server error'],
    ['?tls', { '\x16': 'no TLS at all, but plain text' }, 'no TLS'],
  ])('is not yet ready: %s %#', async (rest, answers, state) => {
    const port = await serve(answer(answers))
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test('a wrong or missing password is denied', async () => {
    const port = await serve(
      answer({ set: 'CLIENT_ERROR authentication failure\r\n', version: 'CLIENT_ERROR unauthenticated\r\n' }),
    )
    await expect(probe(port, '', 'app:wrong@')).rejects.toBeInstanceOf(DeniedError)
    await expect(probe(port, '?exists=warm')).rejects.toMatchObject({ exitCode: 3, hint: 'add ?password-env=NAME' })
  })

  test.each(['a%20b', 'a%0d%0aflush_all', '', 'k'.repeat(251)])('a key that cannot be one is refused: %s', (key) =>
    expect(probe(1, `?exists=${key}`)).rejects.toThrow('has a key that is no key of memcached'),
  )

  test('does not hang when the server falls silent or hangs up', async () => {
    const silent = await serve(answer({}))
    await expect(probeOnce(`memcached://127.0.0.1:${silent}`, { limit: 50 })).rejects.toMatchObject({ state: 'silent' })
    const ending = await serve((socket) => socket.end('VERS'))
    await expect(probe(ending)).rejects.toMatchObject({ state: 'closed' })
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const garbage = survivesGarbage(
      (port) => `memcached://127.0.0.1:${port}?exists=warm`,
      [(random) => random, (random) => Buffer.concat([Buffer.from('VERSION 1\r\n'), random, Buffer.from('\r\n')])],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
