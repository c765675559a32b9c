import { decodePart, type Environment, Secret, UsageError } from '@initbox/core'
import type { Settings } from '../settings.ts'
import { type Place, type TlsSettings, tlsSettings } from '@initbox/net'
import type { Login } from './session.ts'

/** Where the servers are and how to log in to them, from the options. */
export type Address = {
  readonly places: readonly [Place, ...Place[]]
  readonly login: Login
  /** TLS for Sentinels. */
  readonly sentinelTls: TlsSettings | undefined
}

/** Takes user, password and database from the options, and what they leave out from the first URL. */
export function addressOf(settings: Settings, environment: Environment): Address {
  const [first, ...others] = settings.url
  if (first === undefined) throw new UsageError('--url is missing ($WARM_REDIS_URL or $REDIS_URL)')
  const password = settings.password ?? (first.password === '' ? undefined : new Secret(decodePart(first.password)))
  const user = settings.user ?? (first.username === '' ? undefined : decodePart(first.username))
  const isTls = first.protocol === 'rediss:'
  const ours = (isUsed: boolean): TlsSettings | undefined => (isUsed ? tlsSettings(settings, environment) : undefined)
  return {
    places: [placeOf(first), ...others.map(placeOf)],
    login: {
      // redis-cli takes `redis://default@host` as no user; a user without a password cannot log in.
      user: password === undefined ? undefined : user,
      password,
      database: databaseOf(settings),
      answerWithin: settings.attemptTimeout,
      tls: ours(isTls),
    },
    sentinelTls: ours(settings.sentinelTls === 'same' ? isTls : settings.sentinelTls === 'on'),
  }
}

function placeOf({ protocol, hostname, port, pathname }: URL): Place {
  if (protocol === 'redis+unix:') return { path: decodePart(pathname) }
  return { host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: port === '' ? 6379 : Number(port) }
}

/** `--db`, else of the first URL: `redis://host/5` is database 5, `redis+unix:///run/redis.sock?db=5` too. */
export function databaseOf({ db, url: [first] }: Pick<Settings, 'db' | 'url'>): number {
  if (db !== undefined || first === undefined) return db ?? 0
  const { protocol, pathname, searchParams } = first
  const text = protocol === 'redis+unix:' ? (searchParams.get('db') ?? '') : pathname.slice(1)
  if (text === '') return 0
  if (!/^\d{1,5}$/.test(text)) throw new UsageError(`--url has no database but '${text.slice(0, 20)}'`)
  return Number(text)
}
