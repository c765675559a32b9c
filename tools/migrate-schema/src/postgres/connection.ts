import { type Context, decodePart, whenChanged, retry, type Deadline, UsageError, type Values } from '@initbox/core'
import { rdsIamToken } from '../aws/rds-token.ts'
import type { options } from '../options.ts'
import { findPassword } from './password-file.ts'
import { Session } from './session.ts'
import { type ConnectionSettings, formatTarget, type SslMode, sslModes } from './settings.ts'

type ConnectionOptions = Pick<
  Values<typeof options>,
  'url' | 'host' | 'port' | 'user' | 'database' | 'password' | 'passfile' | 'auth' | 'awsRegion' | 'connectTimeout'
> &
  Pick<Values<typeof options>, 'sslMode' | 'sslRootCert' | 'sslCert' | 'sslKey'>

/** Parameters of a URL that count; others belong to some driver and are named in a warning. */
const parameters = new Set(
  'host port user dbname password options search_path application_name sslmode sslrootcert sslcert sslkey'.split(' '),
)

/** Gathers from URL, options and password file how to connect. A part of the URL beats the option for the same thing. */
export function connectionSettings(given: ConnectionOptions, context: Context, pod: string): ConnectionSettings {
  const { url } = given
  const query = url?.searchParams ?? new URLSearchParams()
  const part = (text: string | undefined): string | undefined => (text ? decodePart(text) : undefined)
  const host = query.get('host') ?? part(url?.hostname.replace(/^\[(.*)\]$/, '$1')) ?? given.host
  const user = part(url?.username) ?? query.get('user') ?? given.user
  if (host === undefined || user === undefined) {
    throw new UsageError(`${host === undefined ? 'no database host' : 'no database user'} is given`, {
      hint: 'set --url (DATABASE_URL), or PGHOST, PGUSER and PGDATABASE',
    })
  }
  const port = Number(part(url?.port) ?? query.get('port') ?? given.port ?? 5432)
  if (!(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new UsageError(`--url: '${query.get('port')}' is not a port`)
  const database = part(url?.pathname.slice(1)) ?? query.get('dbname') ?? given.database ?? user
  const target = { host, port, user, database }
  const password = part(url?.password) ?? query.get('password') ?? given.password?.reveal()
  const searchPath = query.get('search_path')
  const settings = [
    query.get('options'),
    searchPath === null ? null : `-c search_path=${searchPath.replaceAll(/[ \\]/g, '\\$&')}`,
  ].filter((each) => each !== null)
  const strange = new Set([...query.keys()].filter((name) => !parameters.has(name)))
  if (strange.size > 0) context.log.warning(`--url: ${[...strange].join(', ')} means nothing here`)
  return {
    ...target,
    password:
      given.auth === 'rds-iam' ? rdsToken(target, given, context) : (password ?? fromFile(target, given, context)),
    sslMode: sslMode(query.get('sslmode')) ?? given.sslMode ?? (given.auth === 'rds-iam' ? 'require' : 'prefer'),
    sslRootCert: query.get('sslrootcert') ?? given.sslRootCert,
    sslCert: query.get('sslcert') ?? given.sslCert,
    sslKey: query.get('sslkey') ?? given.sslKey,
    options: settings.length === 0 ? undefined : settings.join(' '),
    applicationName: query.get('application_name') ?? `migrate-schema ${pod}`.slice(0, 63),
    connectTimeout: given.connectTimeout,
  }
}

/** Connects, again and again while the database is not ready. */
export function openSession(settings: ConnectionSettings, deadline: Deadline, context: Context): Promise<Session> {
  const { clock, signal, log } = context
  const onNotReady = whenChanged((reason) => log.info(`waiting for ${reason}`))
  log.debug(`connecting to ${formatTarget(settings)} as ${settings.user}`)
  const inTime = (): ConnectionSettings => {
    const connectTimeout = Math.max(1_000, Math.min(settings.connectTimeout, deadline.remaining()))
    return { ...settings, connectTimeout }
  }
  return retry(() => Session.open(inTime(), signal), {
    deadline,
    clock,
    signal,
    onNotReady,
    from: formatTarget(settings),
    backoff: { first: 200, longest: 3_000 },
  })
}

function sslMode(text: string | null): SslMode | undefined {
  if (text === null) return undefined
  const mode = sslModes.find((each) => each === text)
  if (mode === undefined) throw new UsageError(`--url: sslmode '${text}' is none of ${sslModes.join(', ')}`)
  return mode
}

type Target = Pick<ConnectionSettings, 'host' | 'port' | 'user' | 'database'>

function fromFile(target: Target, { passfile }: ConnectionOptions, { redactor }: Context): string | undefined {
  const password = passfile === undefined ? undefined : findPassword(passfile, target)
  if (password !== undefined) redactor.add(password)
  return password
}

/** Made anew for each connection: a token is good for 15 minutes. */
function rdsToken(target: Target, { awsRegion }: ConnectionOptions, context: Context): () => Promise<string> {
  return () => rdsIamToken({ ...target, region: awsRegion }, context)
}
