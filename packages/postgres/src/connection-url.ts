import { decodePart, nearest, refuseUnreplaced } from '@initbox/core'

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof sslModes)[number]

/** Which of several hosts will do (docs: libpq-connect, target_session_attrs). */
export const sessionAttributes = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const
export type SessionAttributes = (typeof sessionAttributes)[number]

/** What a connection URL says, every part checked; undefined or empty where it says nothing. */
export type ConnectionUrl = {
  /** Names, addresses without brackets, or folders of Unix sockets; tried in this order. */
  readonly hosts: readonly string[]
  /** One for each host, or one for all. */
  readonly ports: readonly number[]
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly passFile: string | undefined
  readonly sslMode: SslMode | undefined
  readonly sslRootCert: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  readonly sessionAttributes: SessionAttributes | undefined
  /** Command-line options for the backend; `search_path=…` is one of them. */
  readonly options: string | undefined
  readonly applicationName: string | undefined
  /** In milliseconds. */
  readonly connectTimeout: number | undefined
  /** The rest, which means something to other clients. */
  readonly others: ReadonlyMap<string, string>
}

const form = 'postgres://host/database'

/**
 * Reads what libpq reads (docs: libpq-connect, "Connection Strings"): `postgres://`, `postgresql://`, several hosts, a socket as
 * `?host=/run/postgresql`, and `host=db user=app`. So that one variable serves the application too, `postgresql+asyncpg://`
 * and `jdbc:postgresql://` are the same. Throws a plain Error whose message completes "`--url` …" and quotes nothing secret.
 */
export function parseConnectionUrl(text: string): ConnectionUrl {
  refuseUnreplaced(text)
  const jdbc = text.startsWith('jdbc:')
  const [, scheme, rest = ''] = /^(?:jdbc:)?([a-zA-Z][\w.+-]*):\/\/(.*)$/s.exec(text) ?? []
  if (scheme === undefined) {
    if (/^\s*[a-z_]+\s*=/.test(text)) return interpret(readWords(text))
    throw new Error(`must be a URL such as ${form}`)
  }
  if (!/^postgres(ql)?(\+\w+)?$/i.test(scheme))
    throw new Error(`must begin with postgres:// or postgresql://, not ${scheme}:`)
  const given = readUri(rest)
  return interpret(jdbc ? fromJdbc(given) : given)
}

/** What is secret in it, raw and decoded. */
export function secretsInUrl(url: ConnectionUrl | undefined): readonly string[] {
  return url?.password === undefined ? [] : [url.password]
}

type Keywords = Map<string, string>

/** Splits what stands behind `//` into libpq's keywords; a parameter beats the part of the same meaning, as the later one. */
function readUri(rest: string): Keywords {
  if (rest.includes('#')) throw new Error("has a '#', which would end the URL; percent-encode it: %23")
  const [, authority = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest) ?? []
  if (path.includes('@')) {
    throw new Error("has an '@' behind a '/'; percent-encode what belongs to the password: %2F for '/', %3F for '?'")
  }
  const at = authority.lastIndexOf('@')
  const found: Keywords = new Map()
  const keep = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') found.set(name, decodePart(value))
  }
  const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(at < 0 ? '' : authority.slice(0, at)) ?? []
  keep('user', user)
  keep('password', password)
  const places = authority.slice(at + 1).split(',').map(readPlace) // prettier-ignore
  keep('host', places.map(([host]) => host).join(','))
  if (places.some(([, port]) => port !== '')) keep('port', places.map(([, port]) => port).join(','))
  keep('dbname', path)
  for (const pair of query.split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? []
    if (!/^[\w.%-]*$/.test(name))
      throw new Error("has a parameter that is no word; write %3F for a '?' in the password")
    if (name !== '') found.set(decodePart(name), decodePart(value))
  }
  return found
}

function readPlace(text: string): [host: string, port: string] {
  const [, bracketed, name = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? []
  // Nothing is quoted: it may be a piece of a password.
  if (port !== '' && !/^\d+$/.test(port))
    throw new Error('has no valid host:port; percent-encode what belongs to the password')
  return [bracketed ?? name, port]
}

/** `host=db password='it\'s'`: values with white space in single quotes, `\` before quotes and itself. */
function readWords(text: string): Keywords {
  const found: Keywords = new Map()
  const word = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)/suy
  for (let at = 0; at < text.length; at = word.lastIndex) {
    word.lastIndex = at
    const [, name, quoted, plain = ''] = word.exec(text) ?? []
    if (name === undefined) throw new Error(`is neither a URL such as ${form} nor words such as host=db user=app`)
    found.set(name, (quoted ?? plain).replace(/\\(.)/gs, '$1'))
  }
  return found
}

const jdbcNames: Readonly<Record<string, string>> = {
  currentSchema: 'search_path',
  ApplicationName: 'application_name',
  connectTimeout: 'connect_timeout',
  targetServerType: 'target_session_attrs',
}
const jdbcServers: Readonly<Record<string, string>> = {
  primary: 'read-write',
  master: 'read-write',
  secondary: 'standby',
  slave: 'standby',
  preferSecondary: 'prefer-standby',
  preferSlave: 'prefer-standby',
  preferPrimary: 'any',
}

/** The words of PgJDBC ("Connection Parameters") in those of libpq. */
function fromJdbc(given: Keywords): Keywords {
  return new Map(
    [...given].map(([name, value]) => {
      if (name === 'ssl' && value !== 'false') return ['sslmode', given.get('sslmode') ?? 'verify-full'] as const
      return [jdbcNames[name] ?? name, name === 'targetServerType' ? (jdbcServers[value] ?? value) : value] as const
    }),
  )
}

function interpret(found: Keywords): ConnectionUrl {
  const take = (name: string): string | undefined => {
    const value = found.get(name)
    found.delete(name)
    return value === '' ? undefined : value
  }
  const hosts = take('host')?.split(',') ?? []
  const ports = readPorts(take('port')?.split(',') ?? [])
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw new Error(`names ${ports.length} ports for ${hosts.length} hosts`)
  }
  // As libpq reads it for the sake of JDBC.
  const ssl = take('ssl') === 'true' ? 'require' : undefined
  const searchPath = take('search_path')
  const options = [
    take('options'),
    searchPath === undefined ? undefined : `-c search_path=${searchPath.replaceAll(/[ \\]/g, '\\$&')}`,
  ].filter((each) => each !== undefined)
  return {
    hosts,
    ports,
    user: take('user'),
    password: take('password'),
    database: take('dbname'),
    passFile: take('passfile'),
    sslMode: choose('sslmode', sslModes, take('sslmode')) ?? ssl,
    sslRootCert: take('sslrootcert'),
    sslCert: take('sslcert'),
    sslKey: take('sslkey'),
    sessionAttributes: choose('target_session_attrs', sessionAttributes, take('target_session_attrs')),
    options: options.length === 0 ? undefined : options.join(' '),
    applicationName: take('application_name'),
    connectTimeout: readSeconds(take('connect_timeout')),
    others: found,
  }
}

function choose<V extends string>(name: string, values: readonly V[], text: string | undefined): V | undefined {
  if (text === undefined) return undefined
  const value = values.find((each) => each === text)
  if (value !== undefined) return value
  const near = nearest(text, values)
  throw new Error(`has ${name}=${text}, which is none of ${values.join(', ')}${near ? `; did you mean ${near}?` : ''}`)
}

function readPorts(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const port = text === '' ? 5432 : Number(text)
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port
    throw new Error(`has the port '${text}', which is not between 1 and 65535`)
  })
}

/** As libpq: whole seconds, zero and less for no limit, and never less than two. */
function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d+$/.test(text)) throw new Error('has a connect_timeout that is no number of seconds')
  return Number(text) > 0 ? Math.max(2, Number(text)) * 1_000 : undefined
}
