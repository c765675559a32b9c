import { DeniedError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../testing/probe-once.ts'
import { script } from '../../testing/script.ts'
import { serve } from '@initbox/testing/serve'
import { survivesGarbage } from '../../testing/survives-garbage.ts'

// Lines as in docs.nats.io, "Client Protocol" and "JetStream wire API".
const info = (fields: object = {}): string =>
  `INFO ${JSON.stringify({ server_id: 'x', max_payload: 1048576, ...fields })}\r\n`
const pong = 'PONG\r\n'
/** The inbox is the probe's secret: servers that answer a request take it from the SUB line. */
const message = (body: string, headers = '') => ({ body, headers })

async function jetstream(reply: { body: string; headers: string }): Promise<number> {
  return serve((socket) => {
    socket.write(info())
    socket.on('data', (bytes) => {
      const text = bytes.toString()
      if (text.includes('PING')) socket.write(pong)
      const [, inbox, id] = /SUB (\S+) (\S+)\r\n/.exec(text) ?? []
      if (inbox === undefined) return
      const { body, headers } = reply
      const size = headers === '' ? `${body.length}` : `${headers.length} ${headers.length + body.length}`
      socket.write(`PING\r\n${headers === '' ? 'MSG' : 'HMSG'} ${inbox} ${id} ${size}\r\n${headers}${body}\r\n`)
    })
  })
}

const probe = (port: number, rest = '', user = ''): Promise<string | undefined> =>
  probeOnce(`nats://${user}127.0.0.1:${port}${rest}`)

describe('nats', () => {
  test.each([
    ['', [info(), pong], undefined],
    ['', [info(), `PING\r\n${info({ cluster: 'a' })}+OK\r\n${pong}`], undefined],
    ['', [info({ auth_required: true })], 'password wanted, server is up'],
    ['app:secret@', [info({ auth_required: true }), pong], undefined],
  ])('is ready: %s %#', async (user, lines, fact) => {
    const port = await serve(script(lines))
    await expect(probe(port, '', user)).resolves.toBe(fact)
  })

  test.each([
    ['app:s%22cret@', { user: 'app', pass: 's"cret' }],
    ['t0ken@', { auth_token: 't0ken' }],
    ['', {}],
  ])('logs in as it is told: %s', async (user, login) => {
    const heard: Buffer[] = []
    const port = await serve(script([info(), pong], heard))
    await probe(port, '', user)
    const [, connect = ''] = /^CONNECT (.*)\r\nPING\r\n$/.exec(String(heard[0])) ?? []
    expect(JSON.parse(connect)).toMatchObject(login)
  })

  test.each([
    ['', [info({ ldm: true })], 'shutting down'],
    ['', ["-ERR 'maximum connections exceeded'\r\n"], 'too many clients'],
    ['', [info(), "-ERR 'Stale Connection'\r\n"], 'error'],
    ['?tls', [info()], 'no TLS'],
    ['?tls', [info({ tls_available: true }), 'plain text instead of a handshake'], 'no TLS'],
    ['', [info({ tls_required: true }), 'plain text instead of a handshake'], 'no TLS'],
    ['', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 'unexpected answer'],
    ['', ['\x15\x03\x01\0\x02\x02\n'], 'unexpected answer'],
    ['', ['INFO nothing\r\n'], 'unexpected answer'],
    ['', ['INFO null\r\n'], 'unexpected answer'],
    ['', [`INFO ${'x'.repeat(40_000)}`], 'unexpected answer'],
    ['', [info(), 'HELLO\r\n'], 'unexpected answer'],
  ])('is not yet ready: %s %#', async (rest, lines, state) => {
    const port = await serve(script(lines))
    await expect(probe(port, rest)).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test('is ready when JetStream and the stream are there', async () => {
    const port = await jetstream(message('{"type":"io.nats.jetstream.api.v1.stream_info_response"}'))
    await expect(probe(port, '?jetstream&stream=orders')).resolves.toBeUndefined()
  })

  test.each([
    [message('{"error":{"code":404,"err_code":10059,"description":"stream not found"}}'), 'no stream'],
    [message('{"error":{"code":503,"err_code":10039,"description":"JetStream not enabled"}}'), 'no JetStream'],
    [message('', 'NATS/1.0 503\r\n\r\n'), 'no JetStream'],
    [message('not JSON'), 'unexpected answer'],
    [message('{"error":"?"}'), 'no JetStream'],
  ])('waits for JetStream: %j', async (reply, state) => {
    const port = await jetstream(reply)
    await expect(probe(port, '?stream=orders')).rejects.toMatchObject({ name: 'NotYet', state })
  })

  test.each([
    ["-ERR 'Authorization Violation'\r\n", 'app:wrong@', ''],
    ['-ERR \'Permissions Violation for Publish to "$JS.API.INFO"\'\r\n', '', '?jetstream'],
  ])('is denied: %s', async (line, user, rest) => {
    const port = await serve(script([info(), rest === '' ? line : pong, line]))
    await expect(probe(port, rest, user)).rejects.toBeInstanceOf(DeniedError)
  })

  test('a stream cannot be looked for without a password', async () => {
    const port = await serve(script([info({ auth_required: true })]))
    await expect(probe(port, '?stream=orders')).rejects.toMatchObject({ hint: 'add ?password-env=NAME' })
  })

  test.each(['a.b', 'a%20b', '*', '%3E', 'x%0d%0aPUB'])('a stream that cannot be one is refused: %s', (stream) =>
    expect(probe(1, `?stream=${stream}`)).rejects.toThrow('no name of a stream'),
  )

  test.each([
    ['INFO', ['']],
    ['PONG', [info()]],
    ['answer', [info(), pong]],
  ])('does not hang when the server falls silent or ends at %s', async (_, lines) => {
    const silent = await serve(script(lines))
    await expect(probeOnce(`nats://127.0.0.1:${silent}?jetstream`, { limit: 100 })).rejects.toMatchObject({
      state: 'silent',
    })
    const ending = await serve((socket) => socket.end(lines.join('')))
    await expect(probe(ending, '?jetstream')).rejects.toMatchObject({ state: 'closed' })
  })

  test('takes no random bytes for ready, and never breaks on them', async () => {
    const garbage = survivesGarbage(
      (port) => `nats://127.0.0.1:${port}?jetstream`,
      [
        (random) => random,
        (random) => Buffer.concat([Buffer.from(info()), random, Buffer.from('\r\n')]),
        (random) => Buffer.concat([Buffer.from(`${info()}${pong}MSG a b ${random.length}\r\n`), random]),
      ],
    )
    await expect(garbage).resolves.toBeUndefined()
  })
})
