import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** memcached 1.6. */
export const memcached: Recipe<{ readonly url: string }> = {
  name: 'memcached',
  address: ({ host, port }) => ({ url: `memcached://${host}:${port}` }),
  isReady: async ({ port }) => String(await exchange(port, 'version\r\n')).startsWith('VERSION '),
}
