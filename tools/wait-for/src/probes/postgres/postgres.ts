import { DeniedError, option, type Secret, UsageError } from '@initbox/core'
import { type Endpoint, garbled, NotYet, type TlsSettings, type Wire } from '@initbox/net'
import { decode } from '../../address.ts'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import type { Target } from '../../target.ts'
import { tlsParameters, tlsSettings } from '../../wire/tls-parameters.ts'
import { anyHost, startTls, withWire } from '../../wire/with-wire.ts'
import { message, query, readMessage, ServerError, sslRequest, startup } from './protocol.ts'
import { defineProbe } from '../probe.ts'

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

const parameters = {
  ...credentialParameters,
  ...tlsParameters,
  sslmode: option.enum(modes, { help: "libpq's sslmode; TLS only where the server insists, when not given" }),
  table: option.string({ help: 'This table or view must exist: name or schema.name, quoted as in SQL' }),
  writable: option.boolean({ help: 'Must take writes: no standby, not read-only' }),
}

type PostgresTarget = Target<typeof parameters>

/** libpq's, JDBC's and some drivers' names for parameters of ours. */
function ofLibpq(name: string, text: string): readonly [name: string, text: string] | undefined {
  if (name === 'sslrootcert') return text === 'system' ? ['sslmode', 'verify-full'] : ['ca', text]
  if (name === 'sslcert') return ['cert', text]
  if (name === 'sslkey') return ['key', text]
  if (name === 'ssl' || name === 'sslaccept') return ['sslmode', /^(true|1|strict)$/.test(text) ? 'require' : 'prefer']
  if (name === 'target_session_attrs' || name === 'targetServerType') {
    return ['writable', String(/^(read-write|primary|master)$/.test(text))]
  }
  return undefined
}

/** Parameters of clients that say nothing about being ready (PostgreSQL §34.1.2, pgjdbc, SQLAlchemy, Prisma, node-postgres). */
const skippedOfLibpq =
  /^(connect_timeout|application_name|fallback_application_name|options|client_encoding|keepalives(_\w+)?|tcp_user_timeout|channel_binding|gss\w+|krbsrvname|require_auth|sslcompression|sslcrl\w*|sslsni|sslnegotiation|ssl_\w+_protocol_version|load_balance_hosts|passfile|replication|schema|search_path|currentSchema|connection_limit|pool_\w+|poolmode|max_\w+|min_\w+|pgbouncer|statement_cache_size|prepared_statement_cache_size|prepareThreshold|ApplicationName|(connect|socket|login)Timeout|socket_timeout|async_fallback|sslidentity|sslpassword|timezone|TimeZone)$/

/** What one attempt logs in with. */
type Account = {
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly database: string
  readonly tls: TlsSettings
}

export const probe = defineProbe({
  ready: 'answers a query; without a password, asks for one: not starting up, shutting down or in recovery',
  example: 'postgres://app@db/orders?password-env=PGPASSWORD&table=public.users',
  address: { hosts: 'many', port: 5432, path: 'own', login: true },
  parameters,
  dsn: { translate: ofLibpq, skipped: skippedOfLibpq },
  prepare(target, context) {
    const { user, path, parameters: given } = target
    const tls = tlsSettings(given, context)
    const account = { user, password: passwordOf(target, context), database: decode(path.slice(1)), tls }
    const ask = (host: Endpoint, limit: AbortSignal): Promise<string | undefined> =>
      attempt({ ...target, ...host }, account, limit)
    return { attempt: (signal) => anyHost(target.hosts, signal, ask) }
  },
})

async function attempt(target: PostgresTarget, account: Account, signal: AbortSignal): Promise<string | undefined> {
  const { ca, cert, fingerprint, sslmode: given } = target.parameters
  const mode = given ?? ((ca ?? cert ?? fingerprint) ? 'verify-full' : 'allow')
  const plain = (): Promise<string | undefined> =>
    withWire(target, signal, undefined, (wire) => check(wire, target, account))
  const encrypted = (): Promise<string | undefined> =>
    withWire(target, signal, undefined, async (wire) => {
      wire.write(sslRequest)
      const answer = (await wire.readExactly(1)).toString('latin1')
      if (answer === 'S')
        return check(await startTls(wire, target, settingsOf(account.tls, mode), signal), target, account)
      if (answer !== 'N') throw garbled('no answer to SSLRequest')
      if (mode === 'prefer') return check(wire, target, account)
      throw new NotYet('no TLS', 'the server does not offer TLS')
    })
  if (mode === 'disable') return plain()
  if (mode !== 'allow') return encrypted()
  try {
    return await plain()
  } catch (error) {
    if (!(error instanceof DeniedError && /no encryption|SSL off|SSL.* required/.test(error.message))) throw error
    return encrypted().catch((second: unknown) => {
      // Without TLS on the server it is pg_hba.conf that lets nobody in, and its words say so.
      throw second instanceof NotYet && second.state === 'no TLS' ? error : second
    })
  }
}

/** As libpq: `require` looks at the certificate only when a CA is given, and `verify-ca` not at its name. */
function settingsOf(given: TlsSettings, mode: (typeof modes)[number]): TlsSettings {
  const verified = mode.startsWith('verify') || given.ca !== undefined || given.fingerprint !== undefined
  return { ...given, insecure: given.insecure || !verified, anyName: mode !== 'verify-full' }
}

async function check(
  wire: Wire,
  { parameters: wanted }: PostgresTarget,
  account: Account,
): Promise<string | undefined> {
  const { table, writable } = wanted
  try {
    const missing = await login(wire, account)
    if (missing !== undefined) {
      if (table === undefined && !writable && account.password === undefined) return `${missing}, server is up`
      if (account.password !== undefined) throw new DeniedError(`${missing}, and not the password that was given`)
      throw new DeniedError(`${missing}, and table= or writable= needs a login`, { hint: 'add ?password-env=NAME' })
    }
    const columns = [table === undefined ? '1' : `to_regclass(${literal(table)})`]
    if (writable) columns.push('pg_is_in_recovery()', "current_setting('transaction_read_only')")
    const [found, standby, readOnly] = await query(wire, `select ${columns.join(', ')}`)
    wire.write(message('X'))
    if (found === null) throw new NotYet('no table', `the table ${table} does not exist`, { gone: true })
    if (standby === 't') throw new NotYet('standby', 'it is a standby, which takes no writes')
    if (readOnly === 'on') throw new NotYet('read-only', 'its transactions are read-only')
    return undefined
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const reason = explain(error)
    // Who names no user did not ask whether one may log in.
    const up = account.user === undefined && table === undefined && !writable && reason instanceof DeniedError
    if (up && error.code === '28000' && !/SSL|encryption/.test(error.message)) return 'user wanted, server is up'
    throw reason
  }
}

/** Logs in, up to ReadyForQuery; or says what is missing for it. */
async function login(wire: Wire, { user = 'postgres', password, database }: Account): Promise<string | undefined> {
  const names = { user, ...(database === '' ? {} : { database }) }
  wire.write(startup({ ...names, client_encoding: 'UTF8', application_name: 'wait-for' }))
  const account = password && new (await import('./login.ts')).Login(user, password)
  for (;;) {
    const { type, fields } = await readMessage(wire)
    if (type === 'Z') return undefined
    if (type !== 'R') throw garbled(`an unexpected '${type}' message`)
    const code = fields.int(4)
    if (code === 0) continue
    // Kerberos, GSSAPI and SSPI.
    if ([2, 7, 9].includes(code)) return 'login by Kerberos wanted'
    if (account === undefined) return 'password wanted'
    const reply = await account.answer(code, fields)
    if (reply !== undefined) wire.write(reply)
  }
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** SQLSTATE as "not yet" or "never" (PostgreSQL, appendix A). */
function explain({ code, message: text }: ServerError): Error {
  // 57P03 cannot connect now; the words are the server's, unless it speaks another language.
  const [state = 'not accepting'] = /starting up|shutting down|in recovery/.exec(text) ?? []
  if (code === '57P03') return new NotYet(state, text, { soon: true })
  if (code === '3D000') return new NotYet('no database', text, { gone: true })
  if (code === '53300') return new NotYet('too many clients', text)
  if (/^(28...|42501)$/.test(code) || /^08P01.*(authentication failed|SSL required)/.test(code + text)) {
    return new DeniedError(text)
  }
  if (/^4260[12]$/.test(code)) return new UsageError(text, { hint: 'table= takes name or schema.name' })
  return new NotYet(`error ${code}`, text)
}
