import { DeniedError, option, type Secret } from '@initbox/core'
import { NotYet, type Wire } from '@initbox/net'
import { decode } from '../../address.ts'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import { optionalTls, optionalTlsSettings } from '../../wire/tls-parameters.ts'
import { anyHost, withWire } from '../../wire/with-wire.ts'
import type { Document } from './bson.ts'
import { CommandError, runCommand } from './protocol.ts'
import { defineProbe } from '../probe.ts'

const parameters = {
  ...credentialParameters,
  ...optionalTls,
  primary: option.boolean({ help: 'One of the hosts named must be the primary itself' }),
  replicaSet: option.string({ help: 'The replica set must have this name' }),
  authSource: option.string({ help: "Database that knows the user; without it the target's own, or admin" }),
}

/** Options of MongoDB's connection strings (mongodb.com, "Connection Strings"), as parameters of ours. */
function ofDrivers(name: string, text: string): readonly [name: string, text: string] | undefined {
  const ours: Readonly<Record<string, string>> = {
    replicaSet: 'replica-set',
    authSource: 'auth-source',
    ssl: 'tls',
    tlsCAFile: 'ca',
    tlsInsecure: 'insecure',
    tlsAllowInvalidCertificates: 'insecure',
  }
  const to = ours[name]
  return to === undefined ? undefined : [to, text]
}

const skippedOfDrivers =
  /^(w|journal|j|wtimeoutMS|retryWrites|retryReads|read\w+|directConnection|loadBalanced|appName|\w+TimeoutMS|\w+PoolSize|maxConnecting|maxIdleTimeMS|compressors|zlibCompressionLevel|heartbeatFrequencyMS|localThresholdMS|uuidRepresentation|authMechanism|serverMonitoringMode|srv\w+)$/

type Account = { readonly user: string; readonly password: Secret; readonly database: string }
type Wanted = { readonly primary: boolean; readonly replicaSet: string | undefined }

export const probe = defineProbe({
  ready: 'answers hello as a primary, a mongos, a single server, or a secondary that knows its primary',
  example: 'mongodb://app@mongo-0.mongo,mongo-1.mongo/shop?password-env=MONGO_PASSWORD&replica-set=rs0',
  address: { hosts: 'many', port: 27_017, path: 'own', login: true },
  parameters,
  dsn: { translate: ofDrivers, skipped: skippedOfDrivers },
  prepare(target, context) {
    const { user, path, hosts, parameters: wanted } = target
    const password = passwordOf(target, context)
    const tls = optionalTlsSettings(wanted, context)
    if ((user === undefined) !== (password === undefined)) throw new Error('needs a user and a password, or neither')
    const database = wanted.authSource ?? (decode(path.slice(1)) || 'admin')
    const account = user !== undefined && password !== undefined ? { user, password, database } : undefined
    const ask = (wire: Wire): Promise<string | undefined> => check(wire, wanted, account)
    return {
      attempt: (signal) => anyHost(hosts, signal, (host, limit) => withWire(host, limit, tls, (wire) => ask(wire))),
    }
  },
})

async function check(wire: Wire, wanted: Wanted, account: Account | undefined): Promise<string | undefined> {
  try {
    const hello = await sayHello(wire, account)
    const fact = judge(hello, wanted)
    if (account === undefined) return fact
    const { logIn } = await import('./login.ts')
    await logIn(wire, account.database, account.user, account.password, hello)
    return fact
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const text = `MongoDB says: ${error.message}`
    // Unauthorized and AuthenticationFailed.
    if (error.code === 13 || error.code === 18) throw new DeniedError(text)
    throw new NotYet(`error ${error.code}`, text)
  }
}

async function sayHello(wire: Wire, account: Account | undefined): Promise<Document> {
  const mechanisms = account === undefined ? {} : { saslSupportedMechs: `${account.database}.${account.user}` }
  try {
    return await runCommand(wire, { hello: 1, ...mechanisms, $db: 'admin' })
  } catch (error) {
    // CommandNotFound: before MongoDB 4.4.2, hello had another name.
    if (error instanceof CommandError && error.code === 59) {
      return runCommand(wire, { isMaster: 1, ...mechanisms, $db: 'admin' })
    }
    throw error
  }
}

/** The server's own view of itself (MongoDB manual, "hello"). */
function judge(hello: Document, { primary, replicaSet }: Wanted): string | undefined {
  const set = hello.get('setName')
  if (hello.get('isreplicaset') === true || (replicaSet !== undefined && set === undefined)) {
    throw new NotYet('not initiated', 'the replica set is not initiated')
  }
  if (replicaSet !== undefined && set !== replicaSet) throw new NotYet('other set', `its replica set is ${String(set)}`)
  if (hello.get('isWritablePrimary') === true || hello.get('ismaster') === true) return undefined
  if (hello.get('secondary') !== true) throw new NotYet('starting up', 'it is neither primary nor secondary')
  if (primary) throw new NotYet('is secondary', 'it is a secondary, not the primary')
  const known = hello.get('primary')
  if (known === undefined) throw new NotYet('no primary', 'it is a secondary that knows of no primary')
  return `secondary of ${String(known)}`
}
