import { DeniedError, option, UsageError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { decode } from '../../address.ts'
import { credentialParameters, passwordOf } from '../../credentials.ts'
import type { Target } from '../../target.ts'
import { optionalTls, optionalTlsSettings } from '../../wire/tls-parameters.ts'
import { withWire } from '../../wire/with-wire.ts'
import { logIn, type Login } from './login.ts'
import { type Packets, ServerError } from './protocol.ts'
import { defineProbe } from '../probe.ts'

const parameters = {
  ...credentialParameters,
  ...optionalTls,
  table: option.string({ help: 'This table or view must exist and be readable: name or schema.name' }),
  writable: option.boolean({ help: 'Must take writes: neither read_only nor innodb_read_only' }),
}

/** Drivers' names for parameters of ours. */
function ofDrivers(name: string, text: string): readonly [name: string, text: string] | undefined {
  if (name === 'useSSL' || name === 'ssl') return ['tls', String(text === 'true')]
  if (name === 'ssl-mode' || name === 'sslMode') return ['tls', String(!/^(disabled|preferred)$/i.test(text))]
  if (name === 'ssl-ca' || name === 'ssl_ca') return ['ca', text]
  return undefined
}

/** Parameters of clients that say nothing about being ready (go-sql-driver, Connector/J, SQLAlchemy, Prisma, mysql2). */
const skippedOfDrivers =
  /^(charset|collation|parseTime|loc|(read|write|connect)?_?[tT]imeout|(connect|socket)Timeout|multiStatements|interpolateParams|columnsWithAlias|clientFoundRows|maxAllowedPacket|allow\w+|serverTimezone|useUnicode|characterEncoding|rewriteBatchedStatements|cachePrepStmts|createDatabaseIfNotExist|autoReconnect|connection_?[lL]imit|pool_\w+|sslaccept|schema|zeroDateTimeBehavior|useLegacyDatetimeCode)$/

type MysqlTarget = Target<typeof parameters>

export const probe = defineProbe({
  ready: 'answers a query; without a password, asks for one',
  example: 'mysql://app@db/orders?password-env=MYSQL_PASSWORD&table=users',
  address: { hosts: 'one', port: 3306, path: 'own', login: true },
  parameters,
  dsn: { translate: ofDrivers, skipped: skippedOfDrivers },
  prepare(target, context) {
    const password = passwordOf(target, context)
    const tls = optionalTlsSettings(target.parameters, context)
    const login = { endpoint: target, user: target.user ?? '', password, database: decode(target.path.slice(1)), tls }
    return { attempt: (signal) => attempt(target, login, signal) }
  },
})

function attempt(target: MysqlTarget, login: Login, signal: AbortSignal): Promise<string | undefined> {
  const { user, password } = login
  return withWire(target, signal, undefined, async (wire) => {
    try {
      const packets = await logIn(wire, login, signal)
      if (typeof packets === 'string') {
        if (password === undefined) return stop(packets, target)
        throw new DeniedError(`${packets}, which wait-for does not speak`, {
          hint: 'without a password it waits until the server asks for one',
        })
      }
      await check(packets, target)
      packets.quit()
      return undefined
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      // ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR
      if (password === undefined && [1045, 1698].includes(error.code)) return stop('password wanted', target)
      if (user === '' && error.code === 3159) return stop('TLS wanted', target)
      throw explain(error, login.tls !== undefined)
    }
  })
}

/** The server is up, and that is all that can be known without what it wants. */
function stop(wanted: string, { parameters: { table, writable } }: MysqlTarget): string {
  if (table === undefined && !writable) return `${wanted}, server is up`
  throw new DeniedError(`${wanted}, and table= or writable= needs a login`, { hint: 'add ?password-env=NAME' })
}

async function check(packets: Packets, { parameters: { table, writable } }: MysqlTarget): Promise<void> {
  if (table === undefined) await packets.query('select 1')
  else await packets.query(`select 1 from ${table.split('.').map(quoted).join('.')} limit 0`)
  if (!writable) return
  // Since MariaDB 12 a word, before it a number.
  const found = (await packets.query("select concat(@@global.read_only, ' ', @@global.innodb_read_only)")) ?? ''
  if (!/^(0|OFF) (0|OFF)$/.test(found)) throw new NotYet('read-only', `its read_only and innodb_read_only are ${found}`)
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** Error numbers as "not yet" or "never" (MySQL, "Server Error Message Reference"). */
function explain({ code, message }: ServerError, overTls: boolean): Error {
  if (code === 1040 || code === 1203) return new NotYet('too many clients', message)
  if (code === 1049) return new NotYet('no database', message, { gone: true })
  if (code === 1146) return new NotYet('no table', message, { gone: true })
  if (code === 1053) return new NotYet('shutting down', message)
  if (code === 3159) return new DeniedError(message, { hint: 'add ?tls' })
  // What a user without rights hears of a database that is not there yet.
  if (code === 1044) return new NotYet('no database', message)
  // The server does not say that it is the account's REQUIRE SSL.
  if (code === 1045)
    return new DeniedError(message, { hint: overTls ? undefined : 'if the account wants TLS, add ?tls' })
  // Locked (MySQL, MariaDB); a password that is expired or must be changed.
  if ([3118, 4151, 1820, 1862].includes(code)) return new DeniedError(message)
  // No access for this user to the table; no login without a password; host not allowed.
  if ([1130, 1142, 1227, 1698].includes(code)) return new DeniedError(message)
  if (code === 1046) return new UsageError(message, { hint: 'name it: mysql://host/database?table=…' })
  return new NotYet(`error ${code}`, message)
}
