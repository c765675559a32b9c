import { connect } from 'node:net'

/** Whom to tell, and the key that the server gave for it. */
export type CancelTarget = {
  readonly host: string
  readonly port: number
  readonly processId: number
  readonly key: number
}

/**
 * Asks the server to cancel what the session runs, over a connection of its own (docs: protocol-flow, "Canceling Requests in
 * Progress"). There is no answer; the running statement fails with 57014 when it worked.
 */
export function requestCancel({ host, port, processId, key }: CancelTarget): void {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80_877_102, 4)
  message.writeInt32BE(processId, 8)
  message.writeInt32BE(key, 12)
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  // The other end closes when it has passed the wish on; PgBouncer forgets it when we close first.
  socket.on('error', () => {}).setTimeout(1_000, () => socket.destroy())
  socket.write(message)
}
