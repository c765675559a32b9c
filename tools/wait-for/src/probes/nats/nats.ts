import { DeniedError, option, type Secret } from '@initbox/core'
import { garbled, NotYet, type TlsSettings, type Wire } from '@initbox/net'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import type { Target } from '../../target.ts'
import { optionalTls, optionalTlsSettings, tlsSettings } from '../../wire/tls-parameters.ts'
import { startTls, withWire } from '../../wire/with-wire.ts'
import { defineProbe } from '../probe.ts'
import { connectLine, errorLine, parseObject, request } from './protocol.ts'

const parameters = {
  ...credentialParameters,
  ...optionalTls,
  jetstream: option.boolean({ help: 'JetStream must answer' }),
  stream: option.string({ help: 'JetStream must have this stream' }),
}

export const probe = defineProbe({
  ready: 'answers PING after CONNECT, and is not shutting down; without a password where it wants one, says so',
  example: 'nats://nats:4222?stream=orders',
  address: { hosts: 'one', port: 4222, path: '?stream=NAME', login: true },
  parameters,
  prepare(target, context) {
    const {
      user,
      parameters: { stream },
    } = target
    if (stream !== undefined && !/^[^\s.*>]+$/.test(stream)) throw new Error('has a stream that is no name of a stream')
    const password = passwordOf(target, context)
    // `nats://TOKEN@host`: then it is a secret too.
    if (user !== undefined && password === undefined) context.redactor.add(user)
    const asked = optionalTlsSettings(target.parameters, context)
    const login = { password, asked, tls: tlsSettings(target.parameters, context) }
    return { attempt: (signal) => withWire(target, signal, undefined, (wire) => check(wire, target, login, signal)) }
  },
})

type Login = {
  readonly password: Secret | undefined
  /** How to speak TLS when the server wants it, and when the target asks for it. */
  readonly tls: TlsSettings
  readonly asked: TlsSettings | undefined
}

async function check(
  plain: Wire,
  target: Target<typeof parameters>,
  { password, tls, asked }: Login,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { user, parameters: wanted } = target
  const line = await plain.readLine(32_768)
  if (!line.startsWith('INFO ')) throw errorLine(line) ?? garbled('no INFO')
  const info = parseObject(line.slice(5))
  if (info['ldm'] === true) throw new NotYet('shutting down', 'the server is in lame duck mode')
  const settings = asked ?? (info['tls_required'] === true ? tls : undefined)
  if (settings !== undefined && !info['tls_required'] && !info['tls_available']) {
    throw new NotYet('no TLS', 'the server does not offer TLS')
  }
  const wire = settings === undefined ? plain : await startTls(plain, target, settings, signal)
  if (info['auth_required'] === true && user === undefined && password === undefined) {
    if (!wanted.jetstream && wanted.stream === undefined) return 'password wanted, server is up'
    throw new DeniedError('the server wants a login', { hint: 'add ?password-env=NAME' })
  }
  wire.write(`${connectLine({ user, password, tls: settings !== undefined })}\r\nPING\r\n`)
  for (let answer = ''; answer !== 'PONG'; answer = await wire.readLine(32_768)) {
    const error = errorLine(answer)
    if (error !== undefined) throw error
    if (!/^(|PING|\+OK|INFO .*)$/.test(answer)) throw garbled('no PONG')
    if (answer === 'PING') wire.write('PONG\r\n')
  }
  if (wanted.jetstream) await request(wire, '$JS.API.INFO')
  if (wanted.stream !== undefined) await request(wire, `$JS.API.STREAM.INFO.${wanted.stream}`)
  return undefined
}
