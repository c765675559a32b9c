import type { Socket } from 'node:net'

/** A server that says the first entry at once, and one more after each thing it is told; what it was told goes to `heard`. */
export function script(lines: readonly (string | Buffer)[], heard: Buffer[] = []): (socket: Socket) => void {
  return (socket) => {
    let next = 1
    socket.write(lines[0] ?? '')
    socket.on('data', (bytes) => {
      heard.push(bytes)
      socket.write(lines[next++] ?? '')
    })
  }
}
