import type { Socket } from 'node:net'
import { NotReadyError, systemCode, ToolError, UsageError } from '@initbox/core'
import type { Take } from '../sources/source.ts'
import { Body } from './body.ts'
import { type Head, ResponseReader } from './response-reader.ts'

export type Request = {
  readonly url: URL
  /** What is written into the request line: path and query as given, or the whole URL for a proxy. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** The beginning of an answer; its body is drained or cancelled. */
export type Response = Head & {
  /** The proxy that it came from, which may have made it. */
  readonly proxy?: string
  drain(take: Take): Promise<void>
  cancel(): void
}

/** The other side has closed a connection that it kept, before it said anything to this request. */
export class NotKeptError extends NotReadyError {}

/** One connection, which carries one request after the other. */
export class Connection {
  readonly #socket: Socket
  /** Told when it can carry another request, and when it never will again. */
  readonly #free: (isReusable: boolean) => void
  #exchange: Exchange | undefined
  #isHeard = false

  constructor(socket: Socket, free: (connection: Connection, isReusable: boolean) => void) {
    this.#socket = socket
    this.#free = (isReusable) => free(this, isReusable)
    // A peer that is gone without a word must not leave a long answer open for ever.
    socket.setKeepAlive(true, 10_000)
    socket.on('data', (bytes) => this.#take(bytes))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#ended())
    socket.on('error', (error) => this.#lost(explain(error)))
  }

  /** Sends one GET. Throws NotReadyError where no answer comes, UsageError for a header that cannot be sent, and the signal's reason. */
  ask(request: Request, signal: AbortSignal): Promise<Response> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const head = headOf(request)
      const stop = (): void => this.#end(signal.reason)
      const settle = (): void => signal.removeEventListener('abort', stop)
      const body = new Body(this.#socket)
      const reader = new ResponseReader({
        head: (answer) => {
          // From here on whoever drains looks at the signal.
          settle()
          const cancel = (): void => {
            if (!body.ended) this.#end(new NotReadyError('no more was wanted'))
          }
          resolve({ ...answer, drain: (take) => body.drain(take), cancel })
        },
        data: (bytes) => body.push(bytes),
        end: () => body.end(),
      })
      const fail = (error: unknown): void => {
        settle()
        body.fail(error)
        reject(error)
      }
      signal.addEventListener('abort', stop, { once: true })
      this.#exchange = { reader, fail }
      this.#isHeard = false
      this.#socket.resume()
      this.#socket.write(head, 'latin1')
    })
  }

  close(): void {
    this.#end(new NotReadyError('the run is over'))
  }

  #take(bytes: Buffer): void {
    const reader = this.#exchange?.reader
    this.#isHeard = true
    try {
      reader?.push(bytes)
    } catch (error) {
      this.#end(error)
      return
    }
    if (reader?.isDone !== true || reader !== this.#exchange?.reader) return
    this.#exchange = undefined
    if (reader.isKept) this.#free(true)
    else this.#end(undefined)
  }

  #ended(): void {
    try {
      this.#exchange?.reader.close()
      this.#end(undefined)
    } catch (error) {
      this.#lost(error)
    }
  }

  #lost(error: unknown): void {
    this.#end(this.#isHeard || !(error instanceof Error) ? error : new NotKeptError(error.message, { cause: error }))
  }

  #end(error: unknown): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    if (error !== undefined) exchange?.fail(error)
    this.#socket.destroy()
    this.#free(false)
  }
}

type Exchange = { readonly reader: ResponseReader; readonly fail: (error: unknown) => void }

/** RFC 9110 §5.5 */
const value = /^[\t\x20-\x7e\x80-\xff]*$/

function headOf({ path, headers }: Request): string {
  let head = `GET ${path} HTTP/1.1\r\nconnection: keep-alive\r\n`
  for (const [name, text] of Object.entries(headers)) {
    if (!value.test(text))
      throw new UsageError(`the header ${name} cannot be sent: it has a line break or a character that is no Latin-1`)
    head += `${name}: ${text}\r\n`
  }
  return `${head}\r\n`
}

/** What the system says, in our words: whatever happens to a connection is "not yet". */
function explain(error: Error): Error {
  if (error instanceof ToolError) return error
  const code = systemCode(error)
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return new NotReadyError('the connection was closed before all was there', { cause: error })
  return new NotReadyError(`the connection failed: ${error.message}`, { cause: error })
}
