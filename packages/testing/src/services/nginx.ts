import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** nginx as UID 101 on port 8080; its pages are in /usr/share/nginx/html, its servers in /etc/nginx/conf.d. */
export const nginx: Recipe<{ readonly url: string }> = {
  name: 'nginx',
  address: ({ host, port }) => ({ url: `http://${host}:${port}/` }),
  isReady: async ({ port }) => String(await exchange(port, 'HEAD / HTTP/1.0\r\n\r\n')).startsWith('HTTP/1.1 '),
}
