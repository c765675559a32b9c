import type { Socket } from 'node:net'
import { Connection, NotKeptError, type Request, type Response } from './connection.ts'

/** Opens a connection that is ready for HTTP, with TLS where the URL says so. */
export type Connect = (url: URL, signal: AbortSignal) => Promise<Socket>

/**
 * HTTP/1.1, GET alone: our own, since it is less than any other to load (decision 0105). It keeps a
 * connection of each origin for the next request; there are as many as requests at once.
 */
export class HttpClient {
  readonly #connect: Connect
  readonly #idle = new Map<string, Connection[]>()
  readonly #all = new Set<Connection>()

  constructor(connect: Connect) {
    this.#connect = connect
  }

  async request(request: Request, signal: AbortSignal): Promise<Response> {
    const kept = this.#idle.get(request.url.origin)?.pop()
    if (kept === undefined) return await this.#onNew(request, signal)
    try {
      return await kept.ask(request, signal)
    } catch (error) {
      // A server may close an idle connection while the request is on its way (RFC 9112 §9.3.1).
      if (!(error instanceof NotKeptError)) throw error
      return await this.#onNew(request, signal)
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close()
  }

  async #onNew(request: Request, signal: AbortSignal): Promise<Response> {
    const { url } = request
    const socket = await this.#connect(url, signal)
    const connection = new Connection(socket, (each, isReusable) => this.#freed(url.origin, each, isReusable))
    this.#all.add(connection)
    return await connection.ask(request, signal)
  }

  #freed(origin: string, connection: Connection, isReusable: boolean): void {
    const idle = this.#idle.get(origin)
    if (!isReusable) {
      this.#all.delete(connection)
      if (idle?.includes(connection) === true) idle.splice(idle.indexOf(connection), 1)
    } else if (idle === undefined) this.#idle.set(origin, [connection])
    else idle.push(connection)
  }
}
