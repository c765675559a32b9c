import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { systemCode } from '@initbox/core'
import { NotYet } from '../not-yet.ts'
import { readBegin } from './body.ts'
import type { Header } from './values.ts'

export type Request = {
  readonly method: string
  readonly url: URL
  /** The request goes to a proxy, which wants the whole URL. */
  readonly absolute: boolean
  readonly headers: readonly Header[]
  readonly body: string | undefined
}

export type Answer = {
  readonly status: number
  /** The server's own words, or empty. */
  readonly reason: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The first MiB of the body; empty where nobody asked for it. */
  readonly body: string
}

/** One HTTP/1.1 request on an open connection. Reads no body unless asked to, and then at most the first MiB. */
export function exchange(socket: Socket, request_: Request, wantsBody: boolean, signal: AbortSignal): Promise<Answer> {
  return converse(socket, request_, (response) => answerOf(response, wantsBody), signal)
}

/** One HTTP/1.1 request; `use` reads as much of the response as it wants, and the request ends with it. */
export function converse<T>(
  socket: Socket,
  request_: Request,
  use: (response: IncomingMessage) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { method, url, absolute, headers, body } = request_
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const sent = request({
      createConnection: () => socket,
      method,
      path: absolute ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`,
      headers: [
        ['host', url.host],
        ['user-agent', 'initbox-wait-for'],
        ['accept', '*/*'],
        ['connection', 'close'],
        ...(body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))]]),
        ...headers,
      ].flat(),
      setDefaultHeaders: false,
    })
    const settle = (): void => signal.removeEventListener('abort', stop)
    const stop = (): void => {
      settle()
      reject(inExchange(signal.reason))
      sent.destroy()
    }
    signal.addEventListener('abort', stop, { once: true })
    sent.on('error', (error) => {
      settle()
      reject(failure(error))
    })
    sent.once('response', (response) => {
      use(response)
        .then(resolve, (error: Error) => reject(failure(error)))
        .finally(() => {
          settle()
          sent.destroy()
        })
    })
    sent.end(body)
  })
}

async function answerOf(response: IncomingMessage, wantsBody: boolean): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  const body = wantsBody ? await readBegin(response) : ''
  return { status: response.statusCode ?? 0, reason: response.statusMessage ?? '', headers, body }
}

/** The time limit's reason, with the fact that somebody accepted the connection. */
export function inExchange(reason: unknown): unknown {
  return reason instanceof NotYet ? new NotYet('silent', `connected, but ${reason.message} to the request`) : reason
}

function failure(error: Error): Error {
  const code = systemCode(error) ?? ''
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new NotYet('closed', 'the connection was closed before the answer was complete', { cause: error })
  }
  // llhttp's errors: HPE_INVALID_CONSTANT, HPE_HEADER_OVERFLOW …
  if (code.startsWith('HPE_')) {
    const hint = 'is this the right port, and should it be https?'
    return new NotYet('no HTTP', `the server sent no HTTP: ${error.message}`, { hint, cause: error })
  }
  return error
}
