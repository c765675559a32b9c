import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import { DeniedError, UsageError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { script } from '../../testing/script.ts'
import { serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

// Bytes as in "MySQL Internals: Client/Server Protocol", written without the probe's own code.
const packet = (number: number, ...body: (string | Buffer | number[])[]): Buffer => {
  const bytes = Buffer.concat(body.map((part) => Buffer.from(part as string)))
  return Buffer.concat([Buffer.from([bytes.length & 255, bytes.length >> 8, 0, number]), bytes])
}
const nonce = Buffer.from('abcdefghijklmnopqrst')
const greeting = (plugin = 'mysql_native_password', tls = false): Buffer =>
  packet(
    0,
    [10],
    '8.0.36\0',
    [1, 0, 0, 0],
    nonce.subarray(0, 8),
    [0, 0, tls ? 0x8a : 0x82, 45, 2, 0, 8, 0, 21],
    Buffer.alloc(10),
    nonce.subarray(8),
    `\0${plugin}\0`,
  )
const ok = packet(2, [0, 0, 0, 2, 0, 0, 0])
const error = (code: number, text: string, state = '#42000'): Buffer =>
  packet(2, [255, code & 255, code >> 8], state, text)
const end = packet(3, [254, 0, 0, 2, 0])
const result = (text?: string): Buffer =>
  Buffer.concat([
    packet(1, [1]),
    packet(2, Buffer.alloc(30, 3)),
    end,
    ...(text === undefined ? [] : [packet(4, [text.length], text)]),
    end,
  ])

const probe = (port: number, rest = '', user = 'app:secret@'): Promise<string | undefined> =>
  probeOnce(`mysql://${user}127.0.0.1:${port}${rest}`)

describe('mysql', () => {
  test.each([
    ['', 'app:secret@', [greeting(), ok, result('1')], undefined],
    ['?table=users', 'app:secret@', [greeting(), ok, result()], undefined],
    ['?writable', 'app:secret@', [greeting(), ok, result('1'), result('0 0')], undefined],
    ['?writable', 'app:secret@', [greeting(), ok, result('1'), result('OFF 0')], undefined],
    ['', '', [greeting(), ok, result('1')], undefined],
    ['', '', [greeting(), error(1045, "Access denied for user ''@'h'")], 'password wanted, server is up'],
    ['', '', [greeting(), error(3159, 'Connections using insecure transport')], 'TLS wanted, server is up'],
    ['', 'app@', [greeting(), error(1045, 'Access denied')], 'password wanted, server is up'],
    ['', 'app:x@', [greeting(), packet(2, [254], 'mysql_native_password\0', nonce, [0]), ok, result('1')], undefined],
  ])('is ready: %s %s %#', async (rest, user, lines, fact) => {
    const port = await serve(script(lines))
    await expect(probe(port, rest, user)).resolves.toBe(fact)
  })

  test.each([
    ['', [error(1040, 'Too many connections', '')], 'too many clients'],
    ['', [error(1129, "Host '10.0.0.1' is blocked because of many connection errors", '')], 'error 1129'],
    ['', [greeting(), error(1049, "Unknown database 'app'")], 'no database'],
    ['', [greeting(), error(1053, 'Server shutdown in progress')], 'shutting down'],
    ['', [greeting(), ok, error(1047, 'WSREP has not yet prepared node for application use')], 'error 1047'],
    ['?table=users', [greeting(), ok, error(1146, "Table 'app.users' doesn't exist")], 'no table'],
    ['?writable', [greeting(), ok, result('1'), result('1 0')], 'read-only'],
    ['?writable', [greeting(), ok, result('1'), result('READ_ONLY 0')], 'read-only'],
    ['?tls', [greeting()], 'no TLS'],
    ['', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 'unexpected answer'],
    ['', ['\x15\x03\x01\0\x02\x02\x46'], 'unexpected answer'],
    ['', [packet(0, [9], '3.20\0')], 'unexpected answer'],
    ['', [packet(0, [10], 'no end')], 'unexpected answer'],
    ['', ['\xff\xff\xff\0'], 'unexpected answer'],
    ['', [packet(0, [])], 'unexpected answer'],
    ['', [packet(0, [255])], 'unexpected answer'],
    ['', [greeting(), packet(2, [7])], 'unexpected answer'],
    ['', [greeting(), packet(2, [1, 9])], 'unexpected answer'],
    ['', [greeting(), packet(2, [1, 4]), packet(4, [1], 'no key')], 'unexpected answer'],
    ['', [greeting(), ok, packet(1, [251], '/etc/passwd')], 'unexpected answer'],
    ['', [greeting(), ok, packet(1, [0])], 'unexpected answer'],
    ['', [greeting(), ok, Buffer.concat([packet(1, [1]), end, packet(2, [250], 'short')])], 'unexpected answer'],
  ])('is not yet ready: %s %#', async (rest, lines, state) => {
    const port = await serve(
      script(lines.map((line) => (typeof line === 'string' ? Buffer.from(line, 'latin1') : line))),
    )
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test('a password that could not be tried is no login', async () => {
    const port = await serve(script([greeting(), packet(2, [254], 'client_ed25519\0')]))
    await expect(probe(port, '', 'app:x@')).rejects.toMatchObject({
      exitCode: 3,
      message: 'login by client_ed25519 wanted, which wait-for does not speak',
    })
  })

  test('what may be a missing database or missing rights is waited for', async () => {
    const port = await serve(script([greeting(), error(1044, "Access denied for user 'app' to database 'orders'")]))
    await expect(probe(port, '')).rejects.toMatchObject({ exitCode: 124, state: 'no database' })
  })

  test('is not yet ready when it offers TLS and speaks none', async () => {
    const port = await serve((socket) => {
      socket.write(greeting('x', true))
      // The beginning of a ClientHello, which may come together with SSLRequest.
      socket.on('data', (bytes) => bytes.includes('\x16\x03') && socket.write('no TLS at all, but plain text'))
    })
    await expect(probe(port, '?tls')).rejects.toMatchObject({ state: 'no TLS' })
  })

  test.each([
    [1045, 'Access denied for user', DeniedError],
    [3118, 'Account is locked', DeniedError],
    [4151, 'Access denied, this account is locked', DeniedError],
    [1820, 'You must SET PASSWORD before executing this statement', DeniedError],
    [1862, 'Your password has expired', DeniedError],
    [1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server", DeniedError],
    [1142, 'SELECT command denied to user', DeniedError],
    [1046, 'No database selected', UsageError],
  ])('will never be ready: %i %s', async (code, text, type) => {
    const port = await serve(script([greeting(), error(code, text)]))
    await expect(probe(port)).rejects.toBeInstanceOf(type)
  })

  test('a table cannot be looked for without a password', async () => {
    const port = await serve(script([greeting(), error(1045, 'Access denied')]))
    await expect(probe(port, '?table=users', 'app@')).rejects.toMatchObject({ hint: 'add ?password-env=NAME' })
  })

  test('names user, database and table as they were written', async () => {
    const heard: Buffer[] = []
    const port = await serve(script([greeting(), ok, result()], heard))
    await probe(port, '/my%2Fdb?table=s.we`ird', 'me%40here:secret@')
    expect(heard[0]?.toString('latin1')).toMatch(/\0me@here\0[^]{21}my\/db\0mysql_native_password\0$/)
    expect(heard[1]).toEqual(packet(0, [3], 'select 1 from `s`.`we``ird` limit 0'))
  })

  test('caching_sha2_password: by the hash in the cache, or under the key of the server', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = packet(4, [1], publicKey.export({ type: 'spki', format: 'pem' }))
    const heard: Buffer[] = []
    const plugin = 'caching_sha2_password'
    const fast = await serve(script([greeting(plugin), Buffer.concat([packet(2, [1, 3]), ok]), result('1')], heard))
    await expect(probe(fast)).resolves.toBeUndefined()
    const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
    const once = sha(Buffer.from('secret'))
    const mask = sha(sha(once), nonce)
    const proof = once.map((byte, index) => byte ^ (mask[index] ?? 0))
    expect(heard[0]?.includes(Buffer.concat([Buffer.from('app\0\x20'), proof]))).toBe(true)

    const told: Buffer[] = []
    const full = await serve(script([greeting(plugin), packet(2, [1, 4]), key, ok, result('1')], told))
    await expect(probe(full)).resolves.toBeUndefined()
    expect(told[1]).toEqual(packet(3, [2]))
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    const sent = privateDecrypt({ key: privateKey, padding }, told[2]?.subarray(4) ?? Buffer.alloc(0))
    expect(sent.map((byte, index) => byte ^ (nonce[index] ?? 0)).toString()).toBe('secret\0')
  })

  test.each([
    ['greeting', ['']],
    ['login', [greeting(), '']],
    ['query', [greeting(), ok, packet(1, [1])]],
  ])('does not hang when the server falls silent or ends at the %s', async (_, lines) => {
    const silent = await serve(script(lines))
    await expect(probeOnce(`mysql://a:b@127.0.0.1:${silent}`, { limit: 200 })).rejects.toMatchObject({
      state: 'silent',
    })
    const heard: Buffer[] = []
    const ending = await serve((socket) => {
      script(lines, heard)(socket)
      if (lines.length === 1) socket.end()
      socket.on('data', () => heard.length === lines.length - 1 && socket.end())
    })
    await expect(probe(ending)).rejects.toMatchObject({ state: 'closed' })
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const garbage = survivesGarbage(
      (port) => `mysql://app:secret@127.0.0.1:${port}?writable`,
      [
        (random) => random,
        (random) => packet(0, [10], random),
        (random) => Buffer.concat([greeting(), packet(2, [1], random)]),
        (random) => Buffer.concat([greeting(), ok, packet(1, random), end, packet(3, random)]),
      ],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
