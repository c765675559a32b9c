import { type Agent, type IncomingMessage, request as send } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { systemCode, ToolError, UsageError } from '@initbox/core'
import { explainEnd } from '../explain-end.ts'
import { connectedBut, NotYet } from '../not-yet.ts'
import type { Header } from './header.ts'

export type Exchange = {
  readonly method: string
  readonly url: URL
  /** The request goes to a proxy, which wants the whole URL. */
  readonly absolute: boolean
  /** All of them; none is added. */
  readonly headers: readonly Header[]
  readonly body: string | Uint8Array | undefined
}

/** An answer whose body has not been read. */
export type Response = {
  readonly status: number
  /** The server's own words, or empty. */
  readonly reason: string
  /** By their lower-case names; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Read it to its end or destroy it: the connection is held until then. Fails with NotYet when it ends early. */
  readonly body: Readable
  /** Where it came from at last. */
  readonly url: URL
}

/** What carries the request: a connection of its own, or an agent that keeps one. */
export type Carrier = { readonly socket: Socket } | { readonly agent: Agent }

/** One HTTP/1.1 request and the head of its response. */
export function exchange(carrier: Carrier, wanted: Exchange, signal: AbortSignal): Promise<Response> {
  const { method, url, absolute, headers, body } = wanted
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const sent = start(() =>
      send({
        // The agent would look for a TLS name in the Host header by a pattern that takes V8 milliseconds to compile.
        ...('agent' in carrier ? { ...carrier, servername: '' } : { createConnection: () => carrier.socket }),
        method,
        path: absolute ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`,
        headers: headers.flat(),
        setDefaultHeaders: false,
      }),
    )
    let received: IncomingMessage | undefined
    const settle = (): void => signal.removeEventListener('abort', stop)
    const stop = (): void => {
      settle()
      const reason = connectedBut(signal.reason, received === undefined ? ' to the request' : ' for the whole answer')
      received?.destroy(asError(reason))
      sent.destroy()
      reject(reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    sent.on('error', (error) => {
      if (received === undefined) settle()
      else received.destroy(error)
      reject(exchangeFailure(error))
    })
    // 101 comes as an event of its own, and nobody here asked for another protocol.
    sent.once('upgrade', (response, socket) => {
      socket.destroy()
      response.push(null)
      sent.emit('response', response)
    })
    sent.once('response', (response) => {
      received = response
      explainEnd(response, exchangeFailure)
      response.once('close', settle)
      resolve({ ...headOf(response), body: response, url })
    })
    sent.end(body)
  })
}

/** Node checks method, path and headers when the request is made; what it does not like is the user's to mend. */
function start<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!/^ERR_(INVALID_|HTTP_|UNESCAPED_)/.test(systemCode(error) ?? '')) throw error
    throw new UsageError(`the request cannot be sent: ${error instanceof Error ? error.message : ''}`, { cause: error })
  }
}

function headOf(response: IncomingMessage): Pick<Response, 'status' | 'reason' | 'headers'> {
  const { 'set-cookie': cookies, ...others } = response.headers
  // It is the only one that Node keeps as a list; the type does not know.
  const headers = others as Response['headers']
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers: cookies === undefined ? headers : { ...headers, 'set-cookie': cookies.join(', ') },
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

function exchangeFailure(error: Error): Error {
  if (error instanceof ToolError) return error
  const code = systemCode(error) ?? ''
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new NotYet('closed', 'the connection was closed before the answer was complete', { cause: error })
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new NotYet('too large', 'the headers of the answer are larger than 16 kB', { cause: error })
  }
  // llhttp's errors: HPE_INVALID_CONSTANT, HPE_INVALID_EOF_STATE …
  if (code.startsWith('HPE_')) {
    const hint = 'is this the right port, and should it be https?'
    return new NotYet('no HTTP', `the server sent no HTTP: ${error.message}`, { hint, cause: error })
  }
  return error
}
