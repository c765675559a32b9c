import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A TCP server on a free port of 127.0.0.1 until the end of the test; returns its port. */
export async function serve(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    // A probe that hangs up in the middle is what is tested, not a failure of the server.
    socket.on('error', () => {})
    talk(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A server that answers each request by a table of bytes: the first entry whose key begins the request. */
export function answer(table: Readonly<Record<string, string | Buffer>>): (socket: Socket) => void {
  return (socket) =>
    socket.on('data', (request) => {
      const key = Object.keys(table).find((each) => request.toString('latin1').startsWith(each))
      if (key !== undefined) socket.write(table[key] ?? '')
    })
}
