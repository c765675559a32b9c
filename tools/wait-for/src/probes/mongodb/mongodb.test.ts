import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { Socket } from 'node:net'
import { DeniedError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

// Bytes as in bsonspec.org and "MongoDB Wire Protocol", written without the probe's own code.
const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value)
  return buffer
}
type Plain = string | number | boolean | Buffer | null | readonly string[]
const double = (value: number): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleLE(value)
  return buffer
}
const element = (key: string, value: Plain): Buffer => {
  const of = (type: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type]), Buffer.from(`${key}\0`), bytes])
  if (typeof value === 'string') return of(2, Buffer.concat([int32(value.length + 1), Buffer.from(`${value}\0`)]))
  if (typeof value === 'number') return of(1, double(value))
  if (typeof value === 'boolean') return of(8, Buffer.from([Number(value)]))
  if (value === null) return of(10, Buffer.alloc(0))
  if (Buffer.isBuffer(value)) return of(5, Buffer.concat([int32(value.length), Buffer.alloc(1), value]))
  return of(4, document(Object.fromEntries(value.entries())))
}
const document = (fields: Readonly<Record<string, Plain>>): Buffer => {
  const body = Buffer.concat(Object.entries(fields).map(([key, value]) => element(key, value)))
  return Buffer.concat([int32(body.length + 5), body, Buffer.alloc(1)])
}
const message = (body: Buffer, code = 2013): Buffer =>
  Buffer.concat([int32(body.length + 21), int32(7), int32(1), int32(code), Buffer.alloc(5), body])
const reply = (fields: Readonly<Record<string, Plain>>): Buffer => message(document({ ok: 1, ...fields }))
const failure = (code: number, errmsg: string): Buffer => message(Buffer.concat([document({ ok: 0, errmsg, code })]))

/** A server that answers by the name of the command, which comes first in every document. */
const serverOf =
  (answers: Readonly<Record<string, Buffer | ((request: Buffer) => Buffer)>>) =>
  (socket: Socket): void => {
    socket.on('data', (bytes) => {
      const answer = answers[bytes.subarray(26, bytes.indexOf(0, 26)).toString()] ?? failure(59, 'no such command')
      socket.write(typeof answer === 'function' ? answer(bytes) : answer)
    })
  }

const probe = (port: number, rest = '', user = ''): Promise<string | undefined> =>
  probeOnce(`mongodb://${user}127.0.0.1:${port}${rest}`)

const primary = { isWritablePrimary: true, secondary: false, setName: 'rs0', localTime: null, hosts: ['a:1', 'b:1'] }
const secondary = { isWritablePrimary: false, secondary: true, setName: 'rs0', primary: 'a:1' }

describe('mongodb', () => {
  test.each([
    ['', { hello: reply({ isWritablePrimary: true, maxWireVersion: 21 }) }, undefined],
    ['?primary&replica-set=rs0', { hello: reply(primary) }, undefined],
    ['', { hello: reply({ isWritablePrimary: true, msg: 'isdbgrid' }) }, undefined],
    ['', { hello: reply(secondary) }, 'secondary of a:1'],
    ['', { isMaster: reply({ ismaster: true }) }, undefined],
  ])('is ready: %s %#', async (rest, answers, fact) => {
    const port = await serve(serverOf(answers))
    await expect(probe(port, rest)).resolves.toBe(fact)
  })

  test.each([
    ['', { hello: reply({ isWritablePrimary: false, secondary: false, isreplicaset: true }) }, 'not initiated'],
    ['?replica-set=rs0', { hello: reply({ isWritablePrimary: true }) }, 'not initiated'],
    ['?replica-set=rs1', { hello: reply(primary) }, 'other set'],
    ['', { hello: reply({ isWritablePrimary: false, secondary: false, setName: 'rs0' }) }, 'starting up'],
    ['', { hello: reply({ isWritablePrimary: false, secondary: true, setName: 'rs0' }) }, 'no primary'],
    ['?primary', { hello: reply(secondary) }, 'is secondary'],
    ['', { hello: failure(91, 'The server is in quiesce mode and will shut down') }, 'error 91'],
    ['', { hello: message(document({})) }, 'error 0'],
    ['', { hello: message(document({ ok: 1 }), 1) }, 'unexpected answer'],
    ['', { hello: message(Buffer.from([1, 0, 0, 0])) }, 'unexpected answer'],
    [
      '',
      { hello: message(Buffer.concat([int32(12), Buffer.from([99, 97, 0]), Buffer.alloc(5)])) },
      'unexpected answer',
    ],
    ['', { hello: Buffer.from('ffffff7f0000000000000000dd070000', 'hex') }, 'unexpected answer'],
    ['', { hello: Buffer.from('000000000000000000000000dd070000', 'hex') }, 'unexpected answer'],
    ['', { hello: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }, 'unexpected answer'],
    ['?tls', { hello: reply(primary) }, 'no TLS'],
  ])('is not yet ready: %s %#', async (rest, answers, state) => {
    const port = await serve((socket) => {
      serverOf(answers)(socket)
      if (rest === '?tls') socket.write('plain text instead of a handshake')
    })
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test('documents within documents end somewhere', async () => {
    let nested = document({})
    for (let depth = 0; depth < 20; depth++) {
      nested = Buffer.concat([int32(nested.length + 8), Buffer.from('\x03a\0'), nested, Buffer.alloc(1)])
    }
    const port = await serve(serverOf({ hello: message(nested) }))
    await expect(probe(port)).rejects.toMatchObject({ state: 'unexpected answer' })
  })

  test('the first of several hosts that is good is enough, and primary means one of them', async () => {
    const one = await serve(serverOf({ hello: reply(secondary) }))
    const two = await serve(serverOf({ hello: reply(primary) }))
    await expect(probeOnce(`mongodb://127.0.0.1:${one},127.0.0.1:${two}?primary`)).resolves.toBeUndefined()
  })

  describe.each([
    ['SCRAM-SHA-256', 'sha256', 'secret', ['SCRAM-SHA-1', 'SCRAM-SHA-256']],
    ['SCRAM-SHA-1', 'sha1', createHash('md5').update('app:mongo:secret').digest('hex'), undefined],
  ] as const)('login by %s', (mechanism, hash, password, saslSupportedMechs) => {
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
    const payloadIn = (request: Buffer): string => {
      const start = request.indexOf('payload\0') + 8
      return request.subarray(start + 5, start + 5 + request.readInt32LE(start)).toString()
    }
    const salt = Buffer.from('0123456789abcdef')
    let first = ''
    let challenge = ''
    const server = serverOf({
      hello: reply({ ...primary, ...(saslSupportedMechs === undefined ? {} : { saslSupportedMechs }) }),
      saslStart: (request) => {
        if (!request.includes(`${mechanism}\0`) || !request.includes('$db\0\x05\0\0\0shop\0'))
          return failure(18, 'what?')
        first = payloadIn(request).slice(3)
        challenge = `r=${first.split('r=')[1]}more,s=${salt.toString('base64')},i=4096`
        return reply({ conversationId: 1, done: false, payload: Buffer.from(challenge) })
      },
      saslContinue: (request) => {
        const said = payloadIn(request)
        if (said === '') return reply({ conversationId: 1, done: true, payload: Buffer.alloc(0) })
        const salted = pbkdf2Sync(password, salt, 4096, createHash(hash).digest().length, hash)
        const [withoutProof = '', proof = ''] = said.split(',p=')
        const spoken = [first, challenge, withoutProof].join(',')
        const clientKey = hmac(salted, 'Client Key')
        const mask = hmac(createHash(hash).update(clientKey).digest(), spoken)
        if (!Buffer.from(proof, 'base64').every((byte, index) => (byte ^ (mask[index] ?? 0)) === clientKey[index])) {
          return failure(18, 'Authentication failed.')
        }
        const signature = hmac(hmac(salted, 'Server Key'), spoken).toString('base64')
        return reply({ conversationId: 1, done: false, payload: Buffer.from(`v=${signature}`) })
      },
    })

    test('by the database of the path or the auth-source', async () => {
      const port = await serve(server)
      await expect(probe(port, '/shop', 'app:secret@')).resolves.toBeUndefined()
      await expect(probe(port, '/other?auth-source=shop', 'app:secret@')).resolves.toBeUndefined()
    })

    test('a wrong password is denied', async () => {
      const port = await serve(server)
      await expect(probe(port, '/shop', 'app:wrong@')).rejects.toBeInstanceOf(DeniedError)
    })
  })

  test('a login without an answer that fits is not yet', async () => {
    for (const saslStart of [
      reply({ conversationId: 1 }),
      reply({ payload: 'text' }),
      reply({ payload: Buffer.from('r=') }),
    ]) {
      const port = await serve(serverOf({ hello: reply(primary), saslStart }))
      await expect(probe(port, '', 'app:secret@')).rejects.toMatchObject({ state: 'unexpected answer' })
    }
  })

  test('a user without a password is refused', () =>
    expect(probe(1, '', 'app@')).rejects.toThrow('needs a user and a password, or neither'))

  test('does not hang when the server falls silent or ends', async () => {
    const silent = await serve((socket) => socket.write(Buffer.from([30, 0, 0, 0])))
    await expect(probeOnce(`mongodb://127.0.0.1:${silent}`, { limit: 100 })).rejects.toMatchObject({ state: 'silent' })
    const ending = await serve((socket) => socket.end(reply(primary).subarray(0, 30)))
    await expect(probe(ending)).rejects.toMatchObject({ state: 'closed' })
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const garbage = survivesGarbage(
      (port) => `mongodb://127.0.0.1:${port}`,
      [
        (random) => random,
        (random) => message(random),
        (random) => message(Buffer.concat([int32(random.length + 5), random, Buffer.alloc(1)])),
        (random) => {
          const body = Buffer.concat([Buffer.from([(random[0] ?? 0) & 31, 97, 0]), random, Buffer.alloc(1)])
          return message(Buffer.concat([int32(body.length + 4), body]))
        },
      ],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
