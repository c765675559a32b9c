import { DeniedError, option, type Secret } from '@initbox/core'
import { NotYet, type Wire } from '@initbox/net'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import { optionalTls, optionalTlsSettings } from '../../wire/tls-parameters.ts'
import { anyHost, withWire } from '../../wire/with-wire.ts'
import { logIn, mechanisms } from './login.ts'
import { metadata, type Topic } from './protocol.ts'
import { defineProbe } from '../probe.ts'

const parameters = {
  ...credentialParameters,
  ...optionalTls,
  topic: option.list(
    option.string({ help: 'This topic must exist, and each of its partitions have a leader; repeatable' }),
  ),
  brokers: option.integer({ min: 1, default: '1', help: 'At least so many brokers must be there' }),
  sasl: option.enum(mechanisms, { default: 'PLAIN', help: 'How to log in, when there is a password' }),
}

type Account = { readonly user: string; readonly password: Secret; readonly sasl: (typeof mechanisms)[number] }
type Wanted = { readonly topic: readonly string[]; readonly brokers: number }

export const probe = defineProbe({
  ready: 'tells the brokers of its cluster; all partitions of the topics named have a leader',
  example: 'kafka://kafka-0.kafka,kafka-1.kafka?topic=orders&brokers=3',
  address: { hosts: 'many', port: 9092, path: '?topic=NAME', login: true },
  parameters,
  prepare(target, context) {
    const { user, hosts, parameters: wanted } = target
    const password = passwordOf(target, context)
    const tls = optionalTlsSettings(wanted, context)
    if ((user === undefined) !== (password === undefined)) throw new Error('needs a user and a password, or neither')
    // Kafka's Topic.validate.
    if (!wanted.topic.every((name) => /^[\w.-]{1,249}$/.test(name)))
      throw new Error('has a topic that is no name of a topic')
    const account = user !== undefined && password !== undefined ? { user, password, sasl: wanted.sasl } : undefined
    const ask = (wire: Wire): Promise<string> => check(wire, wanted, account)
    return { attempt: (signal) => anyHost(hosts, signal, (host, limit) => withWire(host, limit, tls, ask)) }
  },
})

async function check(wire: Wire, wanted: Wanted, account: Account | undefined): Promise<string> {
  if (account !== undefined) await logIn(wire, account.sasl, account.user, account.password)
  const { brokers, topics } = await metadata(wire, wanted.topic).catch((error: unknown) => {
    // What a broker does when a question comes before the login.
    if (account !== undefined || !(error instanceof NotYet) || error.state !== 'closed') throw error
    throw new NotYet('closed', error.message, { hint: 'does this listener want TLS or a login?' })
  })
  if (brokers < wanted.brokers) {
    throw new NotYet(
      brokers === 0 ? 'no brokers' : 'too few brokers',
      `${brokers} of ${wanted.brokers} brokers are there`,
    )
  }
  for (const name of wanted.topic)
    checkTopic(
      name,
      topics.find((topic) => topic.name === name),
    )
  return brokers === 1 ? '1 broker' : `${brokers} brokers`
}

/** Error codes of the protocol (kafka.apache.org/protocol, "Error Codes"). */
function checkTopic(name: string, topic: Topic | undefined): void {
  const { error, leaders } = topic ?? { error: 3, leaders: [] }
  if (error === 3) throw new NotYet('no topic', `the topic ${name} does not exist`, { gone: true })
  if (error === 29) throw new DeniedError(`no access to the topic ${name}`)
  const missing = leaders.filter((leader) => leader < 0).length
  // 5: leader not available
  if (missing > 0 || error === 5 || leaders.length === 0) {
    throw new NotYet('no leader', `${missing} of ${leaders.length} partitions of the topic ${name} have no leader`)
  }
  if (error !== 0) throw new NotYet(`error ${error}`, `the topic ${name} has the error ${error}`)
}
