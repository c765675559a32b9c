import { DeniedError, option, RefusedError, type Secret } from '@initbox/core'
import { garbled, NotYet, type Wire } from '@initbox/net'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import type { Target } from '../../target.ts'
import { tlsParameters, tlsSettings } from '../../wire/tls-parameters.ts'
import { anyHost, withWire } from '../../wire/with-wire.ts'
import { defineProbe } from '../probe.ts'
import { readReply, type Reply, ReplyError, writeCommand } from './protocol.ts'

const parameters = {
  ...credentialParameters,
  ...tlsParameters,
  role: option.enum(['master', 'replica'], { help: 'It must have this role' }),
  exists: option.string({ help: 'This key must exist' }),
  cluster: option.boolean({ help: 'The cluster must be whole: cluster_state:ok' }),
  sentinel: option.string({ help: 'The target is a Sentinel, and it must know a healthy master of this name' }),
}

export const probe = defineProbe({
  ready: 'answers PING; not loading its data set, not cut off from its master',
  example: 'redis://cache:6379?role=master',
  address: { hosts: 'many', port: 6379, path: 'own', login: true },
  parameters,
  dsn: {
    skipped:
      /^(ssl_.*|socket_.*|health_check_interval|decode_responses|protocol|client_name|retry_.*|max_connections)$/,
  },
  prepare(target, context) {
    const password = passwordOf(target, context)
    if (target.user !== undefined && password === undefined) throw new Error('has a user and no password')
    if (!/^\/?(\d{1,5})?$/.test(target.path)) throw new Error('has a database that is no number')
    const tls = target.scheme === 'rediss' ? tlsSettings(target.parameters, context) : undefined
    const ask = (wire: Wire): Promise<undefined> => check(wire, target, password)
    return { attempt: (signal) => anyHost(target.hosts, signal, (host, limit) => withWire(host, limit, tls, ask)) }
  },
})

async function check(
  wire: Wire,
  { user, path, parameters: wanted }: Target<typeof parameters>,
  password: Secret | undefined,
): Promise<undefined> {
  const ask = async (...command: string[]): Promise<Reply> => {
    writeCommand(wire, command)
    const reply = await readReply(wire)
    if (reply instanceof ReplyError) throw explain(reply)
    return reply
  }
  if (password !== undefined) await ask('AUTH', ...(user === undefined ? [] : [user]), password.reveal())
  if ((await ask('PING')) !== 'PONG') throw garbled('no PONG')
  const database = path.slice(1)
  if (database !== '') await ask('SELECT', database)
  await checkRole(ask, wanted.role)
  if (wanted.exists !== undefined && (await ask('EXISTS', wanted.exists)) !== 1) {
    throw new NotYet('no key', `the key '${wanted.exists}' does not exist`, { gone: true })
  }
  if (wanted.cluster) await checkCluster(ask)
  if (wanted.sentinel !== undefined) await checkSentinel(ask, wanted.sentinel)
  return undefined
}

type Ask = (...command: string[]) => Promise<Reply>

async function checkRole(ask: Ask, wanted: 'master' | 'replica' | undefined): Promise<void> {
  const answer = await ask('ROLE').catch((error: unknown) => {
    // A user who may not ask, or a proxy that does not know the command, is no reason to wait unless the role matters.
    if (wanted !== undefined || !(error instanceof DeniedError || (error instanceof NotYet && error.state === 'err')))
      throw error
    return []
  })
  const [role, , , link] = wanted === undefined && !Array.isArray(answer) ? [] : asList(answer)
  const found = role === 'slave' ? 'replica' : role
  if (wanted !== undefined && found !== wanted) {
    throw new NotYet(`is ${String(found)}`, `its role is ${String(found)}, not ${wanted}`)
  }
  // Of a replica, ROLE also tells how far the link to its master is.
  if (role === 'slave' && link !== 'connected') {
    throw new NotYet('not in sync', `it is a replica whose link to the master is ${String(link)}`)
  }
}

async function checkCluster(ask: Ask): Promise<void> {
  const [, state = 'unknown'] = /cluster_state:(\w+)/.exec(String(await ask('CLUSTER', 'INFO'))) ?? []
  if (state !== 'ok') throw new NotYet(`cluster ${state}`, `its cluster_state is ${state}`)
}

async function checkSentinel(ask: Ask, master: string): Promise<void> {
  const fields = asList(await ask('SENTINEL', 'MASTER', master))
  const flags = String(fields[fields.indexOf('flags') + 1])
  if (flags !== 'master') throw new NotYet('master down', `Sentinel has the flags ${flags} for the master '${master}'`)
}

function asList(reply: Reply): readonly Reply[] {
  if (!Array.isArray(reply)) throw garbled('no list')
  return reply
}

/** Redis's error words (`redis-cli` shows them) as "not yet" or "never". */
function explain({ word, message }: ReplyError): Error {
  if (word === 'LOADING') return new NotYet('loading', 'it is loading its data set', { soon: true })
  if (word === 'MASTERDOWN') return new NotYet('master down', 'its link to the master is down')
  if (word === 'NOAUTH') return new DeniedError(message, { hint: 'add ?password-env=NAME' })
  if (/^(WRONGPASS|NOPERM)$/.test(word) || /AUTH|password|protected mode/i.test(message))
    return new DeniedError(message)
  if (/DB index is out of range|SELECT is not allowed/.test(message)) return new RefusedError(message)
  if (/No such master/i.test(message)) return new NotYet('no such master', message)
  return new NotYet(word.toLowerCase(), message)
}
