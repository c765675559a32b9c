import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

export type GitAddress = {
  /** Repositories that anyone may read; below `private/` they ask for HTTP_USER and HTTP_PASSWORD. */
  readonly httpUrl: string
  /** For the key in AUTHORIZED_KEY. */
  readonly sshUrl: string
}

/** git's own http-backend behind nginx, and sshd. Repositories are made by `exec('setpriv', '--reuid=git', 'git', 'init', '--bare', '/srv/git/NAME.git')`. */
export const gitServer: Recipe<GitAddress> = {
  name: 'git-server',
  address: ({ host, port, ports }) => ({
    httpUrl: `http://${host}:${port}/`,
    sshUrl: `ssh://git@${host}:${ports['2222']}/srv/git/`,
  }),
  isReady: async ({ port, ports }) =>
    String(await exchange(port, 'HEAD / HTTP/1.0\r\n\r\n')).startsWith('HTTP/1.1 ') &&
    String(await exchange(ports['2222'] ?? 0)).startsWith('SSH-2.0-'),
}
