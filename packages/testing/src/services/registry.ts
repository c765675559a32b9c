import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** The environment that closes the registry for all but the user initbox with the password secret. */
export const registryLogin = {
  REGISTRY_AUTH: 'htpasswd',
  REGISTRY_AUTH_HTPASSWD_REALM: 'test',
  REGISTRY_AUTH_HTPASSWD_PATH: '/etc/registry/htpasswd',
}

/** Debian's docker-registry over plain HTTP, open for all. */
export const registry: Recipe<{ readonly url: string }> = {
  name: 'registry',
  address: ({ host, port }) => ({ url: `http://${host}:${port}` }),
  isReady: async ({ port }) =>
    /^HTTP\/1\.[01] (200|401) /.test(String(await exchange(port, 'GET /v2/ HTTP/1.0\r\n\r\n'))),
}
