import { Resolver } from 'node:dns/promises'
import type { Recipe } from './service.ts'

/** A name server that knows `web.test` (192.0.2.1, 2001:db8::1), or what its command's options say; everything else below `.test` does not exist. */
export const dnsmasq: Recipe<{ readonly server: string }> = {
  name: 'dnsmasq',
  address: ({ host, port }) => ({ server: `${host}:${port}` }),
  isReady: async ({ host, port }) => {
    const resolver = new Resolver({ timeout: 500, tries: 1 })
    resolver.setServers([`${host}:${port}`])
    const answer = await resolver.resolve4('ready.test').catch((error: NodeJS.ErrnoException) => error.code)
    return answer === 'ENOTFOUND'
  },
}
