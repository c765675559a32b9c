import type { Connection } from 'pg'
import { ConnectionLost } from './failure.ts'
import { FrameCheck } from './frame-check.ts'

/** More than any server says before it lets a client in. */
const mostBeforeLogin = 256 * 1024

/**
 * Makes pg's parser fail with its connection: it would throw at a message that it does not know where nobody can catch it,
 * wait for the end of a message of any size, and read for ever where a text has no end. To be called once the connection reads; the limit holds until `isLoggedIn`.
 */
export function guard({ stream }: Connection, isLoggedIn: () => boolean): void {
  const end = (why: string, cause?: unknown): unknown =>
    stream.destroy(new ConnectionLost(`what answers there is no PostgreSQL server: ${why}`, { cause }))
  let received = 0
  const check = new FrameCheck()
  for (const parse of stream.listeners('data') as ((bytes: Buffer) => void)[]) {
    stream.removeListener('data', parse)
    stream.on('data', (bytes: Buffer) => {
      received += bytes.length
      if (received > mostBeforeLogin && !isLoggedIn()) return end('it sends without end')
      try {
        check.take(bytes)
        return parse(bytes)
      } catch (error) {
        return end(error instanceof Error ? error.message : String(error), error)
      }
    })
  }
}
