import { connect } from 'node:http2'
import type { Socket } from 'node:net'
import { ToolError } from '@initbox/core'
import { connectedBut, type Header, NotYet } from '@initbox/net'
import { type Answer, bodyOf } from './fetch-answer.ts'

type Request = {
  readonly method: string
  readonly url: URL
  readonly headers: readonly Header[]
  readonly body: string | Uint8Array | undefined
}

/** One HTTP/2 request on an open connection, with prior knowledge that the server speaks it (RFC 9113 §3.3). */
export function exchange2(
  socket: Socket,
  request: Request,
  wanted: Parameters<typeof bodyOf>[1],
  signal: AbortSignal,
): Promise<Answer> {
  const { method, url, headers, body } = request
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const session = connect(url.origin, { createConnection: () => socket })
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', stop)
      session.destroy()
      finish()
    }
    const fail = (error: Error): void =>
      settle(() =>
        reject(
          error instanceof ToolError
            ? error
            : new NotYet('no HTTP/2', `the server does not answer as HTTP/2: ${error.message}`, { cause: error }),
        ),
      )
    const stop = (): void => settle(() => reject(connectedBut(signal.reason, ' to the request')))
    signal.addEventListener('abort', stop, { once: true })
    session.on('error', fail)
    const stream = session.request({
      ':method': method,
      ':scheme': url.protocol.slice(0, -1),
      ':authority': headers.find(([name]) => name === 'host')?.[1] ?? url.host,
      ':path': `${url.pathname}${url.search}`,
      ...Object.fromEntries(headers.filter(([name]) => name !== 'host')),
    })
    stream.on('error', fail)
    session.on('close', () => fail(new Error('the connection was closed')))
    stream.once('response', (received) => {
      const { ':status': status = 0, ...rest } = received
      const texts = Object.entries(rest).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
      const answer = { status, reason: '', headers: Object.fromEntries(texts) }
      bodyOf({ status, body: stream }, wanted).then((text) => settle(() => resolve({ ...answer, body: text })), fail)
    })
    stream.end(body)
  })
}
