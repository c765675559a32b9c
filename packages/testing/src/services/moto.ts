import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** AWS as moto 5 plays it: Secrets Manager, SSM, STS and S3 on one port. */
export const moto: Recipe<{ readonly url: string }> = {
  name: 'moto',
  address: ({ host, port }) => ({ url: `http://${host}:${port}` }),
  isReady: async ({ port }) =>
    String(await exchange(port, 'GET /moto-api/data.json HTTP/1.0\r\n\r\n')).includes(' 200 '),
}
