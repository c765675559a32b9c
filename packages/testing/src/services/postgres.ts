import type { Container } from './container.ts'
import type { Recipe } from './service.ts'

export type PostgresAddress = {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
}

function address({ host, port, environment }: Container): PostgresAddress {
  const {
    POSTGRES_USER: user = 'postgres',
    POSTGRES_PASSWORD: password = '',
    POSTGRES_DB: database = user,
  } = environment
  return { url: `postgresql://${user}:${password}@${host}:${port}/${database}`, user, password, database }
}

/** PostgreSQL 15. */
export const postgres: Recipe<PostgresAddress> = {
  name: 'postgres',
  address,
  isReady: async (container) => {
    // Over TCP: the official image first runs a server of its own on the Unix socket alone.
    const { user, password, database } = address(container)
    const query = ['psql', '-h', '127.0.0.1', '-U', user, '-d', database, '-Atc', 'select 1']
    return (await container.exec('env', `PGPASSWORD=${password}`, ...query)) === '1'
  },
}
