import type { Socket } from 'node:net'

/** Sends `text` one byte every 10 ms, for ever. */
function drip(text: string): (socket: Socket) => void {
  return (socket) => {
    let at = 0
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 10)
    socket.on('close', () => clearInterval(timer))
  }
}

/** Sends bytes as fast as they are taken, for ever. */
function flood(bytes: Buffer): (socket: Socket) => void {
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(bytes));
    }
    socket.on('drain', more)
    more()
  }
}

/** What a server that is none, or lies, does with a connection. */
export const hostileServers: Readonly<Record<string, (socket: Socket) => void>> = {
  'accepts and never answers': () => {},
  'hangs up at once': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'drips a header for ever': drip('HTTP/1.1 200 OK\r\nx-a: bcdefghijklmnopqrstuvwxyz\r\n'),
  'sends zeros without end': flood(Buffer.alloc(65_536)),
  'sends 0xff without end': flood(Buffer.alloc(65_536, 0xff)),
  'sends letters without end': flood(Buffer.alloc(65_536, 'A')),
  'answers as HTTP': (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'answers as SSH': (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
}
