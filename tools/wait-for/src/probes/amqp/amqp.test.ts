import { DeniedError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { script } from '../../testing/script.ts'
import { serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

// Frames as in the AMQP 0-9-1 specification §4.2.3, written without the probe's own code.
const frame = (type: number, channel: number, body: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(body.length)
  return Buffer.concat([Buffer.from([type, 0, channel]), size, body, Buffer.from([0xce])])
}
const method = (group: number, id: number, args: string | Buffer = '', channel = 0): Buffer =>
  frame(1, channel, Buffer.concat([Buffer.from([0, group, 0, id]), Buffer.from(args)]))
const start = (mechanisms = 'PLAIN AMQPLAIN'): Buffer =>
  method(10, 10, `\0\x09\0\0\0\x05\x01atS!\0\0\0${String.fromCharCode(mechanisms.length)}${mechanisms}\0\0\0\x05en_US`)
const heartbeat = frame(8, 0, Buffer.alloc(0))
const tune = method(10, 30, Buffer.from([7, 255, 0, 2, 0, 0, 0, 60]))
const closeOk = method(10, 51)
const openOk = method(10, 41, '\0')
const channelOpenOk = method(20, 11, '\0\0\0\0', 1)
const declareOk = method(50, 11, '\x06orders\0\0\0\x02\0\0\0\0', 1)
const close = (group: number, id: number, code: number, text: string): Buffer =>
  method(
    group,
    id,
    Buffer.from([code >> 8, code & 255, text.length, ...Buffer.from(text), 0, 0, 0, 0]),
    group === 20 ? 1 : 0,
  )

const probe = (port: number, rest = '', user = 'app:secret@'): Promise<string | undefined> =>
  probeOnce(`amqp://${user}127.0.0.1:${port}${rest}`)

describe('amqp', () => {
  // Tune-ok and open are two writes, and may come as one or two chunks: the answer waits for the second.
  const opening = [start(), tune, openOk, closeOk]

  test.each([
    ['', 'app:secret@', opening, undefined],
    [
      '',
      'app:secret@',
      [Buffer.concat([heartbeat, start()]), tune, Buffer.concat([heartbeat, openOk, closeOk])],
      undefined,
    ],
    [
      '?queue=orders',
      'app:secret@',
      [start(), tune, Buffer.concat([openOk, channelOpenOk, declareOk, closeOk])],
      undefined,
    ],
    ['', '', [start()], 'password wanted, server is up'],
  ])('is ready: %s %s %#', async (rest, user, lines, fact) => {
    const port = await serve(script(['', ...lines]))
    await expect(probe(port, rest, user)).resolves.toBe(fact)
  })

  test('a password that could not be tried is no login', async () => {
    const port = await serve(script(['', start('EXTERNAL')]))
    await expect(probe(port, '', 'app:secret@')).rejects.toMatchObject({
      exitCode: 3,
      message: 'the server offers EXTERNAL, not PLAIN',
    })
  })

  test('logs in by PLAIN and opens the virtual host that was named', async () => {
    const heard: Buffer[] = []
    const port = await serve(script(['', ...opening], heard))
    await probe(port, '/my%2Fhost', 'me%40here:s%3Acret@')
    const said = Buffer.concat(heard).toString('latin1')
    expect(said.startsWith('AMQP\0\0\x09\x01')).toBe(true)
    expect(said).toContain('\x05PLAIN\0\0\0\x0f\0me@here\0s:cret\x05en_US\xce')
    expect(said).toContain('\0\x0a\0\x28\x07my/host\0\0\xce')
  })

  test.each([
    ['/', '\x01/\0'],
    ['', '\x01/\0'],
    ['/%2F', '\x01/\0'],
    ['/shop', '\x04shop\0'],
  ])('the path %j names the virtual host %j', async (path, bytes) => {
    const heard: Buffer[] = []
    const port = await serve(script(['', ...opening], heard))
    await probe(port, path)
    expect(Buffer.concat(heard).toString('latin1')).toContain(`\0\x0a\0\x28${bytes}`)
  })

  test.each([
    ['', [start(), close(10, 50, 320, 'CONNECTION_FORCED - broker forced connection closure')], 'shutting down'],
    ['', [start(), tune, close(10, 50, 530, 'NOT_ALLOWED - vhost shop not found')], 'no vhost'],
    ['', [start(), tune, close(10, 50, 541, 'INTERNAL_ERROR')], 'error 541'],
    [
      '?queue=orders',
      [start(), tune, Buffer.concat([openOk, channelOpenOk, close(20, 40, 404, 'NOT_FOUND - no queue'), closeOk])],
      'no queue',
    ],
    ['', ['AMQP\0\x01\0\0'], 'unexpected answer'],
    ['', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 'unexpected answer'],
    ['', ['\x15\x03\x01\0\x02\x02\x46'], 'unexpected answer'],
    ['', [Buffer.from([1, 0, 0, 127, 255, 255, 255])], 'unexpected answer'],
    ['', [Buffer.from([1, 0, 0, 255, 255, 255, 255])], 'unexpected answer'],
    ['', [method(10, 10, '\0\x09\x7f\xff\xff\xff')], 'unexpected answer'],
    ['', [frame(2, 0, Buffer.alloc(4))], 'unexpected answer'],
    ['', [frame(1, 0, Buffer.alloc(3))], 'unexpected answer'],
    ['', [start(), method(10, 20, '\0\0\0\0')], 'unexpected answer'],
    ['', [start(), method(10, 30, '\0')], 'unexpected answer'],
    ['', [start(), method(10, 50, '\x01\x94\xff')], 'unexpected answer'],
  ])('is not yet ready: %s %#', async (rest, lines, state) => {
    const port = await serve(script(['', ...lines]))
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test.each([
    [start(), close(10, 50, 403, 'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN')],
    [start(), tune, close(10, 50, 530, "NOT_ALLOWED - access to vhost 'shop' refused for user 'app'")],
    [
      start(),
      tune,
      Buffer.concat([openOk, channelOpenOk, close(20, 40, 403, 'ACCESS_REFUSED - access to queue refused'), closeOk]),
    ],
  ])('is denied %#', async (...lines) => {
    const port = await serve(script(['', ...lines]))
    await expect(probe(port, '?queue=orders')).rejects.toBeInstanceOf(DeniedError)
  })

  test('a queue cannot be looked for without a password', async () => {
    const port = await serve(script(['', start()]))
    await expect(probe(port, '?queue=orders', '')).rejects.toMatchObject({ hint: 'add ?password-env=NAME' })
  })

  test('names that are too long are refused', () =>
    expect(probe(1, `?queue=${'q'.repeat(256)}`)).rejects.toThrow('by more than 255 bytes'))

  test.each([
    ['start', ['']],
    ['tune', ['', start()]],
    ['open', ['', start(), tune]],
    ['declare', ['', start(), tune, Buffer.concat([openOk, channelOpenOk])]],
  ])('does not hang when the server falls silent or ends at %s', async (_, lines) => {
    const silent = await serve(script(lines))
    const target = `amqp://a:b@127.0.0.1:${silent}?queue=orders`
    await expect(probeOnce(target, { limit: 100 })).rejects.toMatchObject({ state: 'silent' })
    const ending = await serve((socket) => socket.end(Buffer.concat(lines.map((line) => Buffer.from(line)))))
    await expect(probe(ending, '?queue=orders')).rejects.toMatchObject({ state: 'closed' })
  })

  test('amqps speaks TLS', async () => {
    const port = await serve(script(['', 'plain text instead of a handshake']))
    await expect(probeOnce(`amqps://127.0.0.1:${port}`)).rejects.toMatchObject({ state: 'no TLS' })
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const garbage = survivesGarbage(
      (port) => `amqp://app:secret@127.0.0.1:${port}?queue=orders`,
      [
        (random) => random,
        (random) => frame(1, 0, random),
        (random) => method(10, 10, random),
        (random) => Buffer.concat([start(), method(10, 50, random)]),
        (random) => Buffer.concat([start(), tune, openOk, channelOpenOk, frame(1, 1, random)]),
      ],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
