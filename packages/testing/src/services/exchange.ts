import { connect } from 'node:net'

/** Connects, sends a few bytes and resolves to the first that come back; a refusal, an early end or 2 s of silence is an Error. */
export function exchange(port: number, greeting: string | Buffer = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(greeting))
    socket.setTimeout(2_000, () => socket.destroy(new Error('silence')))
    socket.once('data', (answer) => {
      resolve(answer)
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed without an answer')))
  })
}
