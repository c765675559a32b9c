import { createHash } from 'node:crypto'
import { createSecureContext, TLSSocket } from 'node:tls'
import { DeniedError, UsageError } from '@initbox/core'
import { makeCertificate } from '@initbox/testing/certificate'
import { afterAll, describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { answer, serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

// Bytes as in PostgreSQL §55.7, written without the probe's own code.
const message = (type: string, body: Buffer | string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(Buffer.byteLength(body) + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}
const authentication = (code: number, rest: Buffer | string = ''): Buffer =>
  message('R', Buffer.concat([Buffer.from([0, 0, 0, code]), Buffer.from(rest)]))
const error = (code: string, text: string): Buffer => message('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`)
const idle = message('Z', 'I')
const row = (...columns: (string | null)[]): Buffer => {
  const count = Buffer.from([0, columns.length])
  const cells = columns.map((text) =>
    text === null ? Buffer.alloc(4, 255) : Buffer.from([0, 0, 0, text.length, ...Buffer.from(text)]),
  )
  return Buffer.concat([
    message('T', Buffer.concat([count])),
    message('D', Buffer.concat([count, ...cells])),
    message('C', 'SELECT 1\0'),
    idle,
  ])
}
const welcome = Buffer.concat([
  authentication(0),
  message('S', 'server_version\x0015.1\0'),
  message('K', Buffer.alloc(8)),
  message('N', 'SWARNING\0C01000\0Mhello\0\0'),
  idle,
])
const sslRequest = '\0\0\0\x08\x04\xd2\x16\x2f'
const start = '\0\0\0'

const probe = (port: number, rest = '', user = 'app@'): Promise<string | undefined> =>
  probeOnce(`postgres://${user}127.0.0.1:${port}${rest}`)

const certificate = makeCertificate()
const other = makeCertificate({ name: 'other.test' })
afterAll(() => [certificate, other].forEach(({ remove }) => remove()))

describe('postgres', () => {
  test.each([
    ['', { Q: row('1'), [start]: welcome }, undefined],
    ['/orders?table=users', { Q: row('users'), [start]: welcome }, undefined],
    ['?writable', { Q: row('1', 'f', 'off'), [start]: welcome }, undefined],
    ['', { [start]: authentication(5, 'salt') }, 'password wanted, server is up'],
    ['', { [start]: authentication(10, 'SCRAM-SHA-256\0\0') }, 'password wanted, server is up'],
    ['', { [start]: authentication(7) }, 'login by Kerberos wanted, server is up'],
    ['?sslmode=prefer', { [sslRequest]: 'N', Q: row('1'), [start]: welcome }, undefined],
  ])('is ready: postgres://app@…%s %#', async (rest, answers, fact) => {
    const port = await serve(answer(answers))
    await expect(probe(port, rest)).resolves.toBe(fact)
  })

  test.each([
    ['', { [start]: error('57P03', 'the database system is starting up') }, 'starting up'],
    ['', { [start]: error('57P03', 'the database system is shutting down') }, 'shutting down'],
    ['', { [start]: error('57P03', 'the database system is in recovery mode') }, 'in recovery'],
    ['', { [start]: error('57P03', 'das Datenbanksystem startet') }, 'not accepting'],
    ['', { [start]: error('3D000', 'database "app" does not exist') }, 'no database'],
    ['', { [start]: error('53300', 'sorry, too many clients already') }, 'too many clients'],
    ['', { [start]: error('08P01', 'pgbouncer cannot connect to server') }, 'error 08P01'],
    ['', { Q: error('57P01', 'terminating connection'), [start]: welcome }, 'error 57P01'],
    ['?table=users', { Q: row(null), [start]: welcome }, 'no table'],
    ['?writable', { Q: row('1', 't', 'on'), [start]: welcome }, 'standby'],
    ['?writable', { Q: row('1', 'f', 'on'), [start]: welcome }, 'read-only'],
    ['?sslmode=require', { [sslRequest]: 'N' }, 'no TLS'],
    ['?sslmode=require', { [sslRequest]: 'HTTP/1.1 400' }, 'unexpected answer'],
    ['?sslmode=require', { [sslRequest]: 'SR' }, 'unexpected answer'],
    ['?sslmode=require', { [sslRequest]: 'S', '\x16': 'no TLS at all, but plain text' }, 'no TLS'],
    ['', { [start]: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'unexpected answer'],
    ['', { [start]: '\x15\x03\x03\0\x02\x02\x46' }, 'unexpected answer'],
    ['', { [start]: message('?', '') }, 'unexpected answer'],
    ['', { [start]: message('R', '') }, 'unexpected answer'],
    ['', { [start]: 'R\x7f\xff\xff\xff' }, 'unexpected answer'],
    ['', { [start]: 'R\0\0\0\0' }, 'unexpected answer'],
    ['', { [start]: message('E', 'no code') }, 'unexpected answer'],
    ['', { Q: message('D', Buffer.from([127, 255])), [start]: welcome }, 'unexpected answer'],
  ])('is not yet ready: postgres://app@…%s %#', async (rest, answers, state) => {
    const port = await serve(answer(answers))
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test.each([
    ['', '28000', 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "app"', DeniedError],
    ['', '28P01', 'password authentication failed for user "app"', DeniedError],
    ['', '42501', 'permission denied for database "app"', DeniedError],
    ['', '08P01', 'SASL authentication failed', DeniedError],
    ['?table=a.b.c.d', '42601', 'improper relation name (too many dotted names): a.b.c.d', UsageError],
  ])('will never be ready: %s %s', async (rest, code, text, type) => {
    const port = await serve(answer({ [start]: error(code, text) }))
    await expect(probe(port, rest)).rejects.toBeInstanceOf(type)
  })

  test('a server without TLS that lets nobody in says so, and not that it has no TLS', async () => {
    const text = 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "app", no encryption'
    const port = await serve(answer({ [sslRequest]: 'N', [start]: error('28000', text) }))
    await expect(probe(port)).rejects.toMatchObject({ exitCode: 3, message: text })
  })

  test('sslmode=require checks the certificate when a CA is given, but not its name', async () => {
    const port = await serve((socket) =>
      socket.once('data', () => {
        socket.write('S')
        const { cert, key } = certificate
        const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ cert, key }) })
        answer({ Q: row('1'), [start]: welcome })(secured.on('error', () => {}))
      }),
    )
    await expect(probe(port, '?sslmode=require')).resolves.toBeUndefined()
    await expect(probe(port, `?sslmode=require&ca=${certificate.file}&sni=x.test`)).resolves.toBeUndefined()
    await expect(probe(port, `?sslmode=require&sslrootcert=${other.file}`)).rejects.toMatchObject({ exitCode: 5 })
    await expect(probe(port, `?sslmode=verify-ca&ca=${other.file}`)).rejects.toMatchObject({ exitCode: 5 })
    await expect(probe(port, `?sslmode=verify-full&ca=${certificate.file}&sni=x.test`)).rejects.toMatchObject({
      exitCode: 5,
    })
  })

  test('of several hosts the one that takes writes is found', async () => {
    const standby = await serve(answer({ Q: row('1', 't', 'on'), [start]: welcome }))
    const primary = await serve(answer({ Q: row('1', 'f', 'off'), [start]: welcome }))
    const hosts = `127.0.0.1:${standby},127.0.0.1:${primary}`
    await expect(probeOnce(`postgres://app@${hosts}/db?target_session_attrs=read-write`)).resolves.toBeUndefined()
    await expect(probeOnce(`postgres://app@127.0.0.1:${standby}/db?writable`)).rejects.toMatchObject({
      state: 'standby',
    })
  })

  test('a way to log in that cannot be gone is no login', async () => {
    const port = await serve(answer({ [start]: authentication(7) }))
    await expect(probe(port, '', 'app:secret@')).rejects.toMatchObject({ exitCode: 3 })
  })

  test('a table cannot be looked for without a password', async () => {
    const port = await serve(answer({ [start]: authentication(10, 'SCRAM-SHA-256\0\0') }))
    await expect(probe(port, '?table=users')).rejects.toMatchObject({ exitCode: 3, hint: 'add ?password-env=NAME' })
  })

  test('a server that knows no user postgres is up, as long as nobody asks for one', async () => {
    const port = await serve(answer({ [start]: error('28000', 'role "postgres" does not exist') }))
    await expect(probe(port, '', '')).resolves.toBe('user wanted, server is up')
    await expect(probe(port, '', 'postgres@')).rejects.toBeInstanceOf(DeniedError)
  })

  test('names user, database and table as they were written', async () => {
    const sent: string[] = []
    const port = await serve((socket) => {
      socket.on('data', (bytes) => sent.push(bytes.toString('latin1')))
      answer({ Q: row('1'), [start]: welcome })(socket)
    })
    await probe(port, "/my%2Fdb?table=it's\\", 'me%40here@')
    expect(sent[0]).toContain('user\0me@here\0database\0my/db\0')
    expect(sent[1]).toContain("select to_regclass(E'it''s\\\\')\0")
  })

  test.each([
    ['cleartext', authentication(3), 'p\0\0\0\x0bsecret\0'],
    [
      'MD5',
      authentication(5, 'salt'),
      `p\0\0\0\x28md5${createHash('md5')
        .update(`${createHash('md5').update('secretapp').digest('hex')}salt`)
        .digest('hex')}\0`,
    ],
  ])('logs in by %s', async (_, request, reply) => {
    const port = await serve(
      answer({ [reply]: welcome, p: error('28P01', 'password authentication failed'), Q: row('1'), [start]: request }),
    )
    await expect(probe(port, '', 'app:secret@')).resolves.toBeUndefined()
    await expect(probe(port, '', 'app:wrong@')).rejects.toBeInstanceOf(DeniedError)
  })

  test.each([
    ['an unknown way to log in', authentication(10, 'OTHER\0\0')],
    ['a SCRAM challenge of another exchange', authentication(11, 'r=abc,s=c2FsdA==,i=4096')],
    ['an MD5 request without salt', authentication(5)],
    ['a request that does not exist', authentication(99)],
  ])('is not yet ready after %s', async (_, request) => {
    const port = await serve(answer({ [start]: request }))
    await expect(probe(port, '', 'app:secret@')).rejects.toMatchObject({ state: 'unexpected answer' })
  })

  test.each([
    ['startup', { [start]: '' }],
    ['login', { p: '', [start]: authentication(5, 'salt') }],
    ['query', { p: welcome, Q: 'D\0\0', [start]: authentication(5, 'salt') }],
  ])('does not hang when the server falls silent or ends at %s', async (_, answers) => {
    const silent = await serve(answer(answers))
    const target = (port: number): string => `postgres://app:secret@127.0.0.1:${port}`
    await expect(probeOnce(target(silent), { limit: 200 })).rejects.toMatchObject({ state: 'silent' })
    const ending = await serve((socket) => {
      answer(answers)(socket)
      socket.on('data', (bytes) => {
        if (Object.entries(answers).some(([key, text]) => bytes.toString('latin1').startsWith(key) && text.length < 4))
          socket.end()
      })
    })
    await expect(probeOnce(target(ending))).rejects.toMatchObject({ state: 'closed' })
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const garbage = survivesGarbage(
      (port) => `postgres://app:secret@127.0.0.1:${port}`,
      [
        (random) => random,
        ...['E', 'Z', 'S', 'N'].map((type) => (random: Buffer) => message(type, random)),
        (random) => authentication(12, random),
        (random) => Buffer.concat([welcome, message('D', random)]),
      ],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
