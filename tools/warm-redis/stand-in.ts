import { createServer } from 'node:net'
import { standIn, type StandIn } from '@initbox/build'

/** Says +OK to every command that comes in one piece, as those of the smallest runs do. */
export function redisStandIn(): Promise<StandIn> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const commands = bytes.toString('latin1').match(/^\*\d+\r$/gm)?.length ?? 0
      socket.write('+OK\r\n'.repeat(commands))
    })
  })
  return standIn(server)
}
