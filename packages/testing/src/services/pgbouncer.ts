import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** SSLRequest of the PostgreSQL protocol (§55.7): length 8, code 80877103; every server answers with one letter. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** PgBouncer, pooling by transaction, in front of the PostgreSQL that `UPSTREAM` (host:port) names; `POOL_MODE` changes the mode. */
export const pgbouncer: Recipe<{ readonly url: string }> = {
  name: 'pgbouncer',
  address: ({ host, port, environment: { USERNAME, PASSWORD } }) => ({
    url: `postgresql://${USERNAME}:${PASSWORD}@${host}:${port}/app`,
  }),
  isReady: async ({ port }) => (await exchange(port, sslRequest)).length === 1,
}
