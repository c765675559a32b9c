import type { Container } from './container.ts'
import type { Recipe } from './service.ts'

export type OpenBaoAddress = {
  readonly url: string
  /** The token of the root. */
  readonly token: string
}

/** OpenBao 2.7 in dev mode: unsealed, all in memory, KV 2 at `secret/`. `bao(container, …)` is its command line. */
export const openbao: Recipe<OpenBaoAddress> = {
  name: 'openbao',
  address: ({ host, port }) => ({ url: `http://${host}:${port}`, token: 'root' }),
  isReady: async (container) => {
    await bao(container, 'kv', 'list', 'secret').catch((error: unknown) => {
      // An empty mount has nothing to list.
      if (!/No value found/.test(String(error))) throw error
    })
    return true
  },
}

/** Runs the server's own command line as root, in the container; returns what it prints. */
export function bao({ exec }: Pick<Container, 'exec'>, ...words: string[]): Promise<string> {
  return exec('env', 'BAO_ADDR=http://127.0.0.1:8200', 'BAO_TOKEN=root', 'bao', ...words)
}
