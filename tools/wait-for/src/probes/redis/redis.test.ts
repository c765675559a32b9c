import { DeniedError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { answer, serve } from '@initbox/testing/serve'

const list = (...items: string[]): string =>
  `*${items.length}\r\n${items.map((each) => `$${each.length}\r\n${each}\r\n`).join('')}`
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
const command = (...parts: string[]): string => list(...parts)

describe('redis', () => {
  const master = { [command('ROLE')]: '*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n' }
  const replica = (link: string) => ({
    [command('ROLE')]: `*5\r\n$5\r\nslave\r\n$1\r\nm\r\n:6379\r\n$${link.length}\r\n${link}\r\n:14\r\n`,
  })
  const pong = { [command('PING')]: '+PONG\r\n', ...master }

  test.each([
    ['', pong],
    ['/3', { ...pong, [command('SELECT', '3')]: '+OK\r\n' }],
    ['?role=master', pong],
    ['?role=replica', { ...pong, ...replica('connected') }],
    ['', { ...pong, [command('ROLE')]: "-ERR unknown command 'ROLE'\r\n" }],
    ['', { ...pong, [command('ROLE')]: "-NOPERM this user has no permissions to run the 'role' command\r\n" }],
    ['/?ssl_cert_reqs=none&socket_timeout=5', pong],
    ['?exists=warm', { ...pong, [command('EXISTS', 'warm')]: ':1\r\n' }],
    ['?cluster', { ...pong, [command('CLUSTER', 'INFO')]: bulk('cluster_enabled:1\r\ncluster_state:ok') }],
    ['?sentinel=main', { ...pong, [command('SENTINEL', 'MASTER', 'main')]: list('name', 'main', 'flags', 'master') }],
  ])('is ready: redis://…%s', async (suffix, answers) => {
    const port = await serve(answer(answers))
    await expect(probeOnce(`redis://127.0.0.1:${port}${suffix}`)).resolves.toBeUndefined()
  })

  test.each([
    ['', { [command('PING')]: '-LOADING Redis is loading the dataset in memory\r\n' }, 'loading'],
    [
      '',
      { [command('PING')]: "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n" },
      'master down',
    ],
    ['', { [command('PING')]: 'HTTP/1.1 400 Bad Request\r\n' }, 'unexpected answer'],
    ['', { [command('PING')]: '$99999999\r\n' }, 'unexpected answer'],
    ['', { [command('PING')]: '*99999999\r\n' }, 'unexpected answer'],
    ['', { [command('PING')]: 'x'.repeat(5_000) }, 'unexpected answer'],
    ['?role=master', { ...pong, ...replica('connect') }, 'is replica'],
    ['?role=replica', { ...pong, ...replica('connect') }, 'not in sync'],
    ['', { ...pong, ...replica('sync') }, 'not in sync'],
    ['?exists=warm', { ...pong, [command('EXISTS', 'warm')]: ':0\r\n' }, 'no key'],
    ['?cluster', { ...pong, [command('CLUSTER', 'INFO')]: '$18\r\ncluster_state:fail\r\n' }, 'cluster fail'],
    [
      '?sentinel=main',
      { ...pong, [command('SENTINEL', 'MASTER', 'main')]: list('flags', 's_down,master') },
      'master down',
    ],
    [
      '?sentinel=main',
      { ...pong, [command('SENTINEL', 'MASTER', 'main')]: '-ERR No such master with that name\r\n' },
      'no such master',
    ],
  ])('is not yet ready: redis://…%s', async (suffix, answers, state) => {
    const port = await serve(answer(answers))
    await expect(probeOnce(`redis://127.0.0.1:${port}${suffix}`)).rejects.toMatchObject({ state })
  })

  test('is not yet ready when the server accepts and never answers', async () => {
    const port = await serve(() => {})
    await expect(probeOnce(`redis://127.0.0.1:${port}`, { limit: 50 })).rejects.toMatchObject({
      state: 'silent',
      message: 'connected, but no answer within 50 ms',
    })
  })

  test('of several hosts one is enough, and a database must be a number that there is', async () => {
    const port = await serve(answer(pong))
    await expect(probeOnce(`redis://127.0.0.1:1,127.0.0.1:${port}`)).resolves.toBeUndefined()
    await expect(probeOnce(`redis://127.0.0.1:${port}/abc`)).rejects.toThrow('has a database that is no number')
    await expect(probeOnce(`redis://app@127.0.0.1:${port}`)).rejects.toThrow('has a user and no password')
    const few = await serve(answer({ ...pong, [command('SELECT', '99')]: '-ERR DB index is out of range\r\n' }))
    await expect(probeOnce(`redis://127.0.0.1:${few}/99`)).rejects.toMatchObject({ exitCode: 5 })
  })

  test.each([
    ['TLS', Buffer.from([21, 3, 3, 0, 2, 2, 70])],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
  ])('says when the server speaks %s', async (name, bytes) => {
    const port = await serve((socket) => socket.end(bytes))
    await expect(probeOnce(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
      exitCode: 124,
      message: expect.stringMatching(`; it speaks ${name} on this port$`),
    })
  })

  test('asks about TLS when the server hangs up without a word', async () => {
    const port = await serve((socket) => socket.once('data', () => socket.end()))
    await expect(probeOnce(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
      state: 'closed',
      hint: 'does this port want TLS?',
    })
  })

  test('is not yet ready when the connection ends in the middle of a reply', async () => {
    const port = await serve((socket) => socket.end('+PO'))
    await expect(probeOnce(`redis://127.0.0.1:${port}`)).rejects.toBeInstanceOf(NotYet)
  })

  test('a wrong password is denied, and the right one is sent', async () => {
    const port = await serve(
      answer({
        ...pong,
        [command('AUTH', 'app', 'right')]: '+OK\r\n',
        '*': '-WRONGPASS invalid username-password pair or user is disabled.\r\n',
      }),
    )
    const environment = { REDIS_PASSWORD: 'right' }
    await expect(
      probeOnce(`redis://app@127.0.0.1:${port}?password-env=REDIS_PASSWORD`, { environment }),
    ).resolves.toBeUndefined()
    await expect(probeOnce(`redis://app:wrong@127.0.0.1:${port}`)).rejects.toBeInstanceOf(DeniedError)
  })

  test('a missing password is denied with a hint', async () => {
    const port = await serve(answer({ '*': '-NOAUTH Authentication required.\r\n' }))
    await expect(probeOnce(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
      exitCode: 3,
      hint: 'add ?password-env=NAME',
    })
  })
})
