import { Socket, type SocketConnectOpts } from 'node:net'
import { lookupUntil } from '@initbox/net/resolve'

/**
 * The socket for a client of pg, which calls `connect(port, host)` or `connect(path)` on it. When it is closed, a pending name
 * lookup ends too; Node's own would go on for up to 10 s, and hold up the end of the process (docs/decisions/0030).
 */
export function dialingSocket(): Socket {
  const closed = new AbortController()
  const socket = new Socket().once('close', () => closed.abort())
  const connect: (options: SocketConnectOpts) => Socket = socket.connect.bind(socket)
  return Object.assign(socket, {
    connect: (port: number | string, host?: string) =>
      host === undefined
        ? connect({ path: String(port) })
        : connect({ port: Number(port), host, lookup: lookupUntil(closed.signal) }),
  })
}
