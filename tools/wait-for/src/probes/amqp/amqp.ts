import { DeniedError, option, type Secret } from '@initbox/core'
import { garbled, NotYet, type Wire } from '@initbox/net'
import { decode } from '../../address.ts'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import type { Fields } from '../../wire/fields.ts'
import { tlsParameters, tlsSettings } from '../../wire/tls-parameters.ts'
import { withWire } from '../../wire/with-wire.ts'
import { int, longText, protocolHeader, readMethod, readShortText, shortText, writeMethod } from './protocol.ts'
import { defineProbe } from '../probe.ts'

type Wanted = {
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly vhost: string
  readonly queue: string | undefined
}

export const probe = defineProbe({
  ready: 'opens the virtual host (AMQP 0-9-1); without a password, introduces itself',
  example: 'amqp://app@rabbitmq/shop?password-env=RABBITMQ_PASSWORD&queue=orders',
  address: { hosts: 'one', port: { amqp: 5672, amqps: 5671 }, path: 'own', login: true },
  parameters: { ...credentialParameters, ...tlsParameters, queue: option.string({ help: 'This queue must exist' }) },
  dsn: {
    skipped:
      /^(heartbeat|connection_timeout|channel_max|frame_max|connection_attempts|retry_delay|socket_timeout|auth_mechanism|locale)$/,
  },
  prepare(target, context) {
    const { scheme, user, path, parameters } = target
    const { queue } = parameters
    const vhost = decode(path.slice(1)) || '/'
    for (const name of [vhost, queue ?? '']) {
      if (Buffer.byteLength(name) > 255) throw new Error('names a virtual host or queue by more than 255 bytes')
    }
    const wanted = { user, password: passwordOf(target, context), vhost, queue }
    const tls = scheme === 'amqps' ? tlsSettings(parameters, context) : undefined
    return { attempt: (signal) => withWire(target, signal, tls, (wire) => check(wire, wanted)) }
  },
})

/** Tells RabbitMQ to say why it refuses a login, instead of hanging up. */
const capabilities = Buffer.concat([shortText('authentication_failure_close'), Buffer.from('t\x01')])
const clientProperties = longText(
  Buffer.concat([
    shortText('product'),
    Buffer.from('S'),
    longText('wait-for'),
    shortText('capabilities'),
    Buffer.from('F'),
    longText(capabilities),
  ]),
)

async function check(wire: Wire, { user, password, vhost, queue }: Wanted): Promise<string | undefined> {
  wire.write(protocolHeader)
  const start = await expectMethod(wire, '10.10')
  start.take(2)
  start.take(start.int(4))
  const mechanisms = start.text(start.int(4)).split(' ')
  if (password === undefined || !mechanisms.includes('PLAIN')) {
    if (password !== undefined) throw new DeniedError(`the server offers ${mechanisms.join(', ')}, not PLAIN`)
    if (queue === undefined) return 'password wanted, server is up'
    throw new DeniedError('password wanted, and queue= needs a login', { hint: 'add ?password-env=NAME' })
  }
  const plain = longText(`\0${user ?? ''}\0${password.reveal()}`)
  writeMethod(wire, 0, [10, 11], clientProperties, shortText('PLAIN'), plain, shortText('en_US'))
  const tune = await expectMethod(wire, '10.30')
  // Its own limits, and no heartbeat.
  writeMethod(wire, 0, [10, 31], tune.take(6), int(0, 2))
  writeMethod(wire, 0, [10, 40], shortText(vhost), shortText(''), int(0, 1))
  await expectMethod(wire, '10.41')
  try {
    if (queue !== undefined) await checkQueue(wire, queue)
  } finally {
    await sayGoodbye(wire).catch(() => {})
  }
  return undefined
}

/** Without waiting for the answer, RabbitMQ's log has a warning for each attempt. */
async function sayGoodbye(wire: Wire): Promise<void> {
  writeMethod(wire, 0, [10, 50], int(200, 2), shortText('done'), int(0, 4))
  for (let name = ''; name !== '10.51';) name = (await readMethod(wire)).name
}

async function checkQueue(wire: Wire, queue: string): Promise<void> {
  writeMethod(wire, 1, [20, 10], shortText(''))
  await expectMethod(wire, '20.11')
  const passive = int(1, 1)
  writeMethod(wire, 1, [50, 10], int(0, 2), shortText(queue), passive, longText(''))
  await expectMethod(wire, '50.11')
}

/** The arguments of the method that must come next. */
async function expectMethod(wire: Wire, expected: string): Promise<Fields> {
  const { name, fields } = await readMethod(wire)
  if (name === expected) return fields
  // connection.close and channel.close
  if (name === '10.50' || name === '20.40') throw explain(fields.int(2), readShortText(fields))
  throw garbled(`the method ${name}, not ${expected}`)
}

/** Reply codes (AMQP 0-9-1 §1.4), with RabbitMQ's words where one code has two meanings. */
function explain(code: number, message: string): Error {
  const text = `the server says: ${message}`
  if (code === 403 || (code === 530 && /refused|denied/.test(message))) return new DeniedError(text)
  if (code === 404) return new NotYet('no queue', text, { gone: true })
  if (code === 530 && message.includes('not found')) return new NotYet('no vhost', text, { gone: true })
  if (code === 320) return new NotYet('shutting down', text)
  return new NotYet(`error ${code}`, text)
}
