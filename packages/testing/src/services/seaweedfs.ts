import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** S3 by SeaweedFS 4, all on one port: the user AKIAINITBOX with the secret `canary-secret`, and anybody in the bucket `public`. */
export const seaweedfs: Recipe<{ readonly url: string }> = {
  name: 'seaweedfs',
  address: ({ host, port }) => ({ url: `http://${host}:${port}` }),
  isReady: async ({ port }) => String(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).includes(' 200 '),
}
