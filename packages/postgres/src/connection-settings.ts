import { type Context, type Secret, UsageError } from '@initbox/core'
import type { ConnectionUrl, SessionAttributes, SslMode } from './connection-url.ts'
import { findPassword } from './password-file.ts'
import { type ConnectionSettings, formatPlace, type ServerPlace } from './settings.ts'

/** What a tool's options say; the names are those that its table gives them. */
export type ConnectionOptions = {
  readonly url: ConnectionUrl | undefined
  /** As libpq's `PGHOST`, several joined by commas. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly database?: string | undefined
  readonly password?: Secret | undefined
  readonly passfile?: string | undefined
  readonly sslMode?: SslMode | undefined
  readonly sslRootCert?: string | undefined
  readonly sslCert?: string | undefined
  readonly sslKey?: string | undefined
  readonly targetSessionAttrs?: SessionAttributes | undefined
  readonly connectTimeout: number
}

type Whose = {
  /** For `application_name`, 63 bytes of which the server keeps. */
  readonly applicationName: string
  /** What to set for a password, for the hint. */
  readonly passwordVariables: string
}

/** Gathers from URL, options and password file how to connect. A part of the URL beats the option for the same thing. */
export function connectionSettings(
  given: ConnectionOptions,
  { applicationName, passwordVariables }: Whose,
  context: Pick<Context, 'log' | 'redactor'>,
): ConnectionSettings {
  const { url } = given
  const hosts = url !== undefined && url.hosts.length > 0 ? url.hosts : (given.host?.split(',') ?? [])
  const user = url?.user ?? given.user
  if (hosts.length === 0 || hosts.includes('') || user === undefined) {
    throw new UsageError(
      `${user === undefined && hosts.length > 0 ? 'no database user' : 'no database host'} is given`,
      {
        hint: 'set --url (DATABASE_URL), or PGHOST, PGUSER and PGDATABASE',
      },
    )
  }
  const ports = url?.ports ?? []
  const places = hosts.map((host, index) => ({ host, port: ports[index] ?? ports[0] ?? given.port ?? 5432 }))
  const database = url?.database ?? given.database ?? user
  const others = [...(url?.others.keys() ?? [])]
  if (others.length > 0) {
    context.log.warning(`--url: ${others.join(', ')} ${others.length === 1 ? 'means' : 'mean'} nothing here`)
  }
  const account = { user, database, passFile: url?.passFile ?? given.passfile, passwordVariables }
  return {
    places,
    user,
    database,
    password: url?.password ?? given.password?.reveal() ?? ((place) => passwordFor(place, account, context)),
    sslMode: url?.sslMode ?? given.sslMode ?? 'prefer',
    sslRootCert: url?.sslRootCert ?? given.sslRootCert,
    sslCert: url?.sslCert ?? given.sslCert,
    sslKey: url?.sslKey ?? given.sslKey,
    // Of several hosts one takes writes, and who names them all means that one.
    sessionAttributes: url?.sessionAttributes ?? given.targetSessionAttrs ?? (places.length > 1 ? 'read-write' : 'any'),
    options: url?.options,
    applicationName: (url?.applicationName ?? applicationName).slice(0, 63),
    connectTimeout: url?.connectTimeout ?? given.connectTimeout,
  }
}

type Account = {
  readonly user: string
  readonly database: string
  readonly passFile: string | undefined
  readonly passwordVariables: string
}

async function passwordFor(place: ServerPlace, account: Account, { redactor }: Pick<Context, 'redactor'>) {
  const { passFile, passwordVariables } = account
  const password = passFile === undefined ? undefined : findPassword(passFile, { ...place, ...account })
  if (password === undefined) {
    throw new UsageError(`${formatPlace({ ...place, ...account })} asks for a password and none is given`, {
      hint: `set ${passwordVariables}`,
    })
  }
  redactor.add(password)
  return password
}
