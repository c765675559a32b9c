import type { LookupAddress } from 'node:dns'
import { Socket, type SocketConnectOpts } from 'node:net'
import { ipFamily, lookupUntil } from '@initbox/net/resolve'

/**
 * The socket for a client of pg, which calls `connect(port, host)` or `connect(path)` on it. When it is closed, a pending name
 * lookup ends too; Node's own would go on for up to 10 s, and hold up the end of the process (docs/decisions/0030).
 */
export function dialingSocket(): Socket {
  const closed = new AbortController()
  const socket = new Socket().once('close', () => closed.abort())
  const connect: (options: SocketConnectOpts) => Socket = socket.connect.bind(socket)
  const lookup = lookupUntil(closed.signal)
  // Looked up before, for Node's connect would compile its pattern for IPv6 addresses to see that a name is none: 7 ms.
  const connectByName = (port: number, host: string): Socket => {
    lookup(host, { all: true }, (error, found) => {
      if (error !== null) socket.destroy(error)
      else if (!socket.destroyed) connectToAny(port, host, found as LookupAddress[])
    })
    return socket
  }
  const connectToAny = (port: number, host: string, found: LookupAddress[]): Socket =>
    found.length === 1
      ? connect({ port, host: found[0]?.address ?? host })
      : connect({ port, host, lookup: (_name, _options, callback) => callback(null, found) })
  return Object.assign(socket, {
    connect: (port: number | string, host?: string) => {
      if (host === undefined) return connect({ path: String(port) })
      return ipFamily(host) === 0 ? connectByName(Number(port), host) : connect({ port: Number(port), host })
    },
  })
}
