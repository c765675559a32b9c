import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** Redis 7, without persistence. */
export const redis: Recipe<{ readonly url: string }> = {
  name: 'redis',
  address: ({ host, port }) => ({ url: `redis://${host}:${port}` }),
  // -NOAUTH is an answer too: a test may have set a password.
  isReady: async ({ port }) => /^(\+PONG|-NOAUTH)/.test(String(await exchange(port, 'PING\r\n'))),
}
