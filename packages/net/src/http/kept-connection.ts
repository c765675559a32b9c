import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** An agent of Node for one connection: it knows when an answer has been read and when the server wants to close. */
export class KeptConnection extends Agent {
  readonly #socket: Socket
  #freed: () => void = () => {}

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#socket = socket
  }

  get closed(): boolean {
    return this.#socket.destroyed
  }

  /** Called each time when an answer has been read and the connection can be used again. */
  whenFree(freed: () => void): void {
    this.#freed = freed
  }

  whenClosed(closed: () => void): void {
    this.#socket.once('close', closed)
  }

  override createConnection(): Duplex {
    return this.#socket
  }

  override keepSocketAlive(socket: Duplex): void {
    // Node's own takes the server's word for how long it keeps the connection; its type has not caught up with that.
    const keep: unknown = super.keepSocketAlive(socket)
    if (keep !== false) this.#freed()
    return keep as undefined
  }

  close(): void {
    this.#socket.destroy()
    this.destroy()
  }
}
