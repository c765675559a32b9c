import { connect as connectTcp } from 'node:net'
import { once } from 'node:events'
import { type Context, UsageError, userAgent, type Values } from '@initbox/core'
import type { Item } from '../files/item.ts'
import { HttpClient } from '../http/client.ts'
import type { options } from '../options.ts'
import { HttpSource } from './http.ts'
import type { Source } from './source.ts'

/** Where the files of one run come from. */
export class Sources {
  readonly #client: HttpClient

  constructor(_given: Values<typeof options>, _context: Context) {
    this.#client = new HttpClient(async (url, signal) => {
      const socket = connectTcp({ host: url.hostname, port: Number(url.port) || 80 })
      await once(socket, 'connect', { signal })
      return socket
    })
  }

  async of(item: Item): Promise<Source> {
    const { protocol } = item.url
    if (protocol === 'http:' || protocol === 'https:')
      return new HttpSource({
        name: item.name,
        address: item.address,
        client: this.#client,
        requestPath: ({ path }) => path,
        authorize: async () => ({}),
        userAgent: userAgent('fetch-file'),
      })
    throw new UsageError(`${item.name} has the unknown scheme ${protocol}//`)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}
