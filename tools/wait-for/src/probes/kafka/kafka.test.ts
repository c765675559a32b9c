import { DeniedError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

// Messages as in kafka.apache.org/protocol, written without the probe's own code.
const numbers = (bytes: number, ...values: number[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const buffer = Buffer.alloc(bytes)
      buffer.writeIntBE(value, 0, bytes)
      return buffer
    }),
  )
const text = (value: string): Buffer => Buffer.concat([numbers(2, value.length), Buffer.from(value)])
const list = (...items: Buffer[]): Buffer => Buffer.concat([numbers(4, items.length), ...items])

const versions = (min = 0, max = 12): Buffer =>
  Buffer.concat([numbers(2, 0), list(numbers(2, 0, 0, 9), numbers(2, 3, min, max), numbers(2, 18, 0, 3))])
const broker = (id: number): Buffer => Buffer.concat([numbers(4, id), text('kafka'), numbers(4, 9092), numbers(2, -1)])
const partition = (index: number, leader: number, error = 0): Buffer =>
  Buffer.concat([numbers(2, error), numbers(4, index, leader, 5), list(numbers(4, 1)), list(numbers(4, 1)), list()])
const topic = (name: string, error: number, ...partitions: Buffer[]): Buffer =>
  Buffer.concat([numbers(2, error), text(name), Buffer.alloc(1), list(...partitions)])
const metadata = (brokers: number, ...topics: Buffer[]): Buffer =>
  Buffer.concat([
    numbers(4, 0),
    list(...Array.from({ length: brokers }, (_, id) => broker(id))),
    text('cluster'),
    numbers(4, 1),
    list(...topics),
  ])

/** A broker that answers by the key of the request: 3 Metadata, 17 SaslHandshake, 18 ApiVersions, 36 SaslAuthenticate. */
const brokerOf =
  (answers: Readonly<Record<number, Buffer>>, heard: Buffer[] = []): Parameters<typeof serve>[0] =>
  (socket) =>
    socket.on('data', (bytes) => {
      heard.push(bytes)
      const body = answers[bytes.readInt16BE(4)]
      if (body === undefined) socket.end()
      else socket.write(Buffer.concat([numbers(4, body.length + 4), bytes.subarray(8, 12), body]))
    })

const probe = (port: number, rest = '', user = ''): Promise<string | undefined> =>
  probeOnce(`kafka://${user}127.0.0.1:${port}${rest}`)

describe('kafka', () => {
  test.each([
    ['', { 18: versions(), 3: metadata(1) }, '1 broker'],
    ['?brokers=3', { 18: versions(), 3: metadata(3) }, '3 brokers'],
    [
      '?topic=a&topic=b',
      {
        18: versions(),
        3: metadata(2, topic('b', 0, partition(0, 0)), topic('a', 0, partition(0, 1), partition(1, 0))),
      },
      '2 brokers',
    ],
  ])('is ready: %s', async (rest, answers, fact) => {
    const port = await serve(brokerOf(answers))
    await expect(probe(port, rest)).resolves.toBe(fact)
  })

  test('asks for the topics by name and forbids to make them', async () => {
    const heard: Buffer[] = []
    const port = await serve(brokerOf({ 18: versions(), 3: metadata(1, topic('orders', 0, partition(0, 0))) }, heard))
    await probe(port, '?topic=orders')
    expect(heard[1]?.subarray(4, 8)).toEqual(numbers(2, 3, 7))
    expect(heard[1]?.subarray(-13)).toEqual(Buffer.concat([list(text('orders')), Buffer.alloc(1)]))
  })

  test.each([
    ['', { 18: versions(), 3: metadata(0) }, 'no brokers'],
    ['?brokers=3', { 18: versions(), 3: metadata(2) }, 'too few brokers'],
    ['?topic=a', { 18: versions(), 3: metadata(1, topic('a', 3)) }, 'no topic'],
    ['?topic=a', { 18: versions(), 3: metadata(1) }, 'no topic'],
    ['?topic=a', { 18: versions(), 3: metadata(1, topic('a', 5)) }, 'no leader'],
    ['?topic=a', { 18: versions(), 3: metadata(1, topic('a', 0)) }, 'no leader'],
    ['?topic=a', { 18: versions(), 3: metadata(1, topic('a', 0, partition(0, 1), partition(1, -1, 5))) }, 'no leader'],
    ['?topic=a', { 18: versions(), 3: metadata(1, topic('a', -1, partition(0, 1))) }, 'error -1'],
    ['', { 18: versions() }, 'closed'],
    ['', {}, 'closed'],
    ['', { 18: versions(0, 3) }, 'unexpected answer'],
    ['', { 18: versions(9, 12) }, 'unexpected answer'],
    ['', { 18: numbers(2, 35) }, 'unexpected answer'],
    ['', { 18: Buffer.concat([numbers(2, 0), numbers(4, 2_000_000_000)]) }, 'unexpected answer'],
    ['', { 18: versions(), 3: numbers(4, 0, 2_000_000_000) }, 'unexpected answer'],
  ])('is not yet ready: %s %#', async (rest, answers, state) => {
    const port = await serve(brokerOf(answers))
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test.each([
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    '\x15\x03\x01\0\x02\x02\x46',
    '\x7f\xff\xff\xff',
    '\xff\xff\xff\xff',
    '\0\0\0\x08\0\0\0\x63\0\0\0\0',
  ])('is not yet ready when something else answers: %j', async (garbage) => {
    const port = await serve((socket) => socket.end(Buffer.from(garbage, 'latin1')))
    await expect(probe(port)).rejects.toMatchObject({ name: 'NotYet', state: 'unexpected answer' })
  })

  test('the first of several hosts that is good is enough', async () => {
    const silent = await serve(() => {})
    const good = await serve(brokerOf({ 18: versions(), 3: metadata(1) }))
    await expect(probeOnce(`kafka://127.0.0.1:${silent},127.0.0.1:${good}`)).resolves.toBe('1 broker')
  })

  test('logs in by PLAIN', async () => {
    const heard: Buffer[] = []
    const answers = {
      17: numbers(2, 0),
      36: Buffer.concat([numbers(2, 0, -1), numbers(4, 0)]),
      18: versions(),
      3: metadata(1),
    }
    const port = await serve(brokerOf(answers, heard))
    await expect(probe(port, '', 'app:secret@')).resolves.toBe('1 broker')
    expect(heard[0]?.toString()).toContain('\x00\x05PLAIN')
    expect(heard[1]?.toString()).toContain('\0app\0secret')
  })

  test.each([
    [{ 17: Buffer.concat([numbers(2, 33), list(text('GSSAPI'))]) }, 'the broker offers GSSAPI, not PLAIN'],
    [
      { 17: numbers(2, 0), 36: Buffer.concat([numbers(2, 58), text('Authentication failed')]) },
      'Authentication failed',
    ],
  ])('is denied %#', async (answers, words) => {
    const port = await serve(brokerOf(answers))
    await expect(probe(port, '', 'app:secret@')).rejects.toThrow(words)
    await expect(probe(port, '', 'app:secret@')).rejects.toBeInstanceOf(DeniedError)
  })

  test('no access to a topic is denied', async () => {
    const port = await serve(brokerOf({ 18: versions(), 3: metadata(1, topic('a', 29)) }))
    await expect(probe(port, '?topic=a')).rejects.toBeInstanceOf(DeniedError)
  })

  test.each([
    ['app@', '', 'needs a user and a password'],
    ['', '?topic=a/b', 'no name of a topic'],
    ['', '?brokers=0', 'must be at least 1'],
  ])('what cannot be right is refused: %s %s', (user, rest, words) =>
    expect(probe(1, rest, user)).rejects.toThrow(words),
  )

  test('does not hang when the broker falls silent', async () => {
    const silent = await serve(() => {})
    for (const hosts of [`127.0.0.1:${silent}`, `127.0.0.1:1,127.0.0.1:${silent}`]) {
      await expect(probeOnce(`kafka://${hosts}`, { limit: 400 })).rejects.toMatchObject({
        message: 'connected, but no answer within 400 ms',
      })
    }
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const response = (key: number, body: Buffer): Buffer =>
      Buffer.concat([numbers(4, body.length + 4), numbers(4, key), body])
    const garbage = survivesGarbage(
      (port) => `kafka://127.0.0.1:${port}?topic=a`,
      [
        (random) => random,
        (random) => response(18, random),
        (random) => Buffer.concat([response(18, versions()), response(3, random)]),
        (random) => Buffer.concat([response(18, versions()), response(3, metadata(1, random))]),
      ],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
