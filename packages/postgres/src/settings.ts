import type { SessionAttributes, SslMode } from './connection-url.ts'

/** Where a server listens: a name or address, or the folder of a Unix socket, which begins with `/`. */
export type ServerPlace = { readonly host: string; readonly port: number }

/** How to reach the database, from whatever source it came. */
export type ConnectionSettings = {
  /** Tried in this order; at least one. */
  readonly places: readonly ServerPlace[]
  /** What the server must be like to do. */
  readonly sessionAttributes: SessionAttributes
  readonly user: string
  readonly database: string
  /** A function is called for each connection, once the server at that place asks for a password. */
  readonly password: string | ((place: ServerPlace) => Promise<string>)
  readonly sslMode: SslMode
  /** Path of the CA bundle, or `system` for Node's own. */
  readonly sslRootCert: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  /** Command-line options for the backend, `-c search_path=app`. */
  readonly options: string | undefined
  readonly applicationName: string
  /** Longest time for one attempt to connect, and for an answer to a query of our own, in milliseconds. */
  readonly connectTimeout: number
}

/** One of the places with all the rest. */
export type PlaceSettings = ConnectionSettings & ServerPlace

/** `db.example.com:5432/app`, for messages. */
export function formatTarget({ places, database }: Pick<ConnectionSettings, 'places' | 'database'>): string {
  return places.map((place) => formatPlace({ ...place, database })).join(', ')
}

export function formatPlace({ host, port, database }: ServerPlace & { readonly database: string }): string {
  return host.startsWith('/') ? `${host}/.s.PGSQL.${port}/${database}` : `${host}:${port}/${database}`
}
