import type { Socket } from 'node:net'
import { NotReadyError, systemCode, ToolError } from '@initbox/core'
import Client from 'undici/lib/dispatcher/client.js'
import type { Take } from '../sources/source.ts'

/** Opens a connection that is ready for HTTP, with TLS where the URL says so. */
export type Connect = (url: URL, signal: AbortSignal) => Promise<Socket>

export type Request = {
  readonly url: URL
  /** What is written into the request line: path and query as given, or the whole URL for a proxy. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** The beginning of an answer; its body is drained or cancelled. */
export type Response = {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The proxy that it came from, which may have made it. */
  readonly proxy?: string
  drain(take: Take): Promise<void>
  cancel(): void
}

/**
 * HTTP/1.1 by undici's client, of which only the dispatcher loads: no fetch, no streams. It keeps a connection of each
 * origin for the next request; there are as many as requests at once.
 */
export class HttpClient {
  readonly #connect: Connect
  readonly #idle = new Map<string, Client[]>()
  readonly #all = new Set<Client>()
  readonly #closing = new AbortController()

  constructor(connect: Connect) {
    this.#connect = connect
  }

  async request(request: Request, signal: AbortSignal): Promise<Response> {
    const { origin } = request.url
    const client = this.#idle.get(origin)?.pop() ?? this.#open(request.url)
    try {
      return await exchange(client, request, signal, (reusable) => this.#release(origin, client, reusable))
    } catch (error) {
      this.#release(origin, client, false)
      throw explain(error)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new NotReadyError('the run is over'))
    await Promise.all([...this.#all].map((client) => client.destroy()))
  }

  #open(url: URL): Client {
    const client = new Client(url.origin, {
      connect: (_options: unknown, done: Connected) => void this.#connectFor(url, done),
      // Whoever waits looks at the time, and knows whether it is the server or our disk that is slow.
      bodyTimeout: 0,
      headersTimeout: 0,
      maxHeaderSize: 64 * 1_024,
      pipelining: 1,
    } as ConstructorParameters<typeof Client>[1])
    this.#all.add(client)
    return client
  }

  async #connectFor(url: URL, done: Connected): Promise<void> {
    let socket
    try {
      socket = await this.#connect(url, this.#closing.signal)
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), null)
      return
    }
    done(null, socket)
  }

  #release(origin: string, client: Client, reusable: boolean): void {
    if (reusable) {
      const idle = this.#idle.get(origin)
      if (idle === undefined) this.#idle.set(origin, [client])
      else idle.push(client)
      return
    }
    this.#all.delete(client)
    void client.destroy()
  }
}

type Connected = (error: Error | null, socket: Socket | null) => void

/** Sends one request; `release` is told when the connection is free again. */
function exchange(
  client: Client,
  { path, headers }: Request,
  signal: AbortSignal,
  release: (reusable: boolean) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const body = new Body()
    let released = false
    const free = (reusable: boolean): void => {
      if (released) return
      released = true
      signal.removeEventListener('abort', stop)
      release(reusable)
    }
    const stop = (): void => {
      body.fail(signal.reason)
      free(false)
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    client.dispatch(
      { path, method: 'GET', headers },
      {
        onRequestStart: () => undefined,
        onResponseStart: (controller, status, received, reason) => {
          if (status < 200) return
          body.controller = controller
          controller.pause()
          const cancel = (): void => {
            if (body.ended) return
            body.fail(new NotReadyError('no more was wanted'))
            free(false)
          }
          // From here on whoever drains looks at the signal.
          signal.removeEventListener('abort', stop)
          resolve({
            status,
            reason: reason ?? '',
            headers: Object.fromEntries(
              Object.entries(received).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
            ),
            drain: (take) => body.drain(take),
            cancel,
          })
        },
        onResponseData: (_controller, chunk) => body.push(chunk),
        onResponseEnd: () => {
          // Before the next request may use it, undici has to be through with this one.
          setImmediate(() => free(true))
          body.end()
        },
        onResponseError: (_controller, error) => {
          free(false)
          body.fail(explain(error))
          reject(error)
        },
      },
    )
  })
}

type Controller = { pause(): void; resume(): void }

/** Hands the chunks of a body to who takes them, one after the other. */
class Body {
  controller: Controller | undefined
  #take: Take | undefined
  #held: Buffer[] = []
  #busy = false
  ended = false
  #failure: { readonly error: unknown } | undefined
  #settle: (() => void) | undefined

  push(chunk: Buffer): void {
    if (this.#failure !== undefined) return
    if (this.#take === undefined || this.#busy) {
      this.#held.push(chunk)
      this.controller?.pause()
    } else this.#give(chunk)
  }

  end(): void {
    this.ended = true
    this.#tryToSettle()
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#settle?.()
  }

  async drain(take: Take): Promise<void> {
    this.#take = take
    await new Promise<void>((resolve) => {
      this.#settle = resolve
      if (this.#failure !== undefined) resolve()
      else this.#next()
    })
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #give(chunk: Buffer): void {
    try {
      const taken = this.#take?.(chunk)
      if (taken === undefined) return
      this.#busy = true
      this.controller?.pause()
      void this.#goOnAfter(taken)
    } catch (error) {
      this.fail(error)
    }
  }

  async #goOnAfter(taken: Promise<void>): Promise<void> {
    try {
      await taken
    } catch (error) {
      this.fail(error)
      return
    }
    this.#busy = false
    this.#next()
  }

  #next(): void {
    while (!this.#busy && this.#failure === undefined) {
      const chunk = this.#held.shift()
      if (chunk === undefined) {
        this.#tryToSettle()
        this.controller?.resume()
        return
      }
      this.#give(chunk)
    }
  }

  #tryToSettle(): void {
    if (this.ended && !this.#busy && this.#held.length === 0 && this.#take !== undefined) this.#settle?.()
  }
}

/** What undici says, in our words: whatever happens to a connection is "not yet". */
function explain(error: unknown): unknown {
  const code = systemCode(error) ?? ''
  if (error instanceof ToolError || code === '') return error
  const cause = error
  if (code.startsWith('HPE_'))
    return new NotReadyError(`the server sent no HTTP: ${error instanceof Error ? error.message : code}`, {
      cause,
      hint: 'is this the right port, and should it be https?',
    })
  if (['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'].includes(code))
    return new NotReadyError('the connection was closed before all was there', { cause })
  return new NotReadyError(`the connection failed: ${error instanceof Error ? error.message : code}`, { cause })
}
