/** How to reach the database, from whatever source it came. */
export type ConnectionSettings = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password: string | (() => Promise<string>) | undefined
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

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof sslModes)[number]

/** `db.example.com:5432/app`, for messages. */
export function formatTarget({ host, port, database }: ConnectionSettings): string {
  return host.startsWith('/') ? `${host}/.s.PGSQL.${port}/${database}` : `${host}:${port}/${database}`
}
