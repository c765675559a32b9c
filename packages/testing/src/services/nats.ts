import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** NATS 2, with its monitoring page on `ports['8222']`. */
export const nats: Recipe<{ readonly url: string }> = {
  name: 'nats',
  address: ({ host, port }) => ({ url: `nats://${host}:${port}` }),
  isReady: async ({ port }) => String(await exchange(port)).startsWith('INFO '),
}
