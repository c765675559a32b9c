import { connect } from 'node:http2'
import type { Socket } from 'node:net'
import { ToolError, userAgent } from '@initbox/core'
import { connectedBut, garbled, NotYet } from '@initbox/net'

/** A gRPC status (grpc.io/docs/guides/status-codes) and, where it is 0, the one message of the answer. */
export type GrpcAnswer = { readonly status: number; readonly words: string; readonly message: Buffer }

const longestMessage = 4_096
const closed = 'the connection was closed'

/**
 * One unary call on an open connection (gRPC over HTTP/2, PROTOCOL-HTTP2.md). Throws NotYet when the other side does not
 * speak it, answers too much, or ends it.
 */
export function call(
  socket: Socket,
  {
    authority,
    path,
    headers,
    message,
  }: {
    readonly authority: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly message: Buffer
  },
  signal: AbortSignal,
): Promise<GrpcAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const session = connect(`http://${authority}`, { createConnection: () => socket })
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', stop)
      session.destroy()
      finish()
    }
    const fail = (error: Error): void => settle(() => reject(error instanceof ToolError ? error : notHttp2(error)))
    const stop = (): void => settle(() => reject(connectedBut(signal.reason, ' to the call')))
    signal.addEventListener('abort', stop, { once: true })
    session.on('error', fail).on('close', () => fail(new Error(closed)))
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': userAgent('wait-for'),
      ...headers,
    })
    let body = Buffer.alloc(0)
    let fields: Readonly<Record<string, unknown>> = {}
    stream.on('error', fail)
    stream.on('response', (received) => {
      fields = received
      const { ':status': status } = received
      if (status !== 200) fail(new NotYet(String(status), `the server answered the call with HTTP status ${status}`))
    })
    stream.on('data', (chunk: Buffer) => {
      body = Buffer.concat([body, chunk])
      if (body.length > longestMessage) fail(garbled('a long message'))
    })
    // An answer without a message has its status in the headers ("trailers-only").
    stream.on('trailers', (trailers) => (fields = { ...fields, ...trailers }))
    stream.on('end', () => {
      const status = Number(fields['grpc-status'] ?? Number.NaN)
      if (Number.isNaN(status) && fields[':status'] === undefined) return fail(new Error(closed))
      if (Number.isNaN(status)) return fail(garbled('no grpc-status'))
      const words = decode(String(fields['grpc-message'] ?? ''))
      settle(() => resolve({ status, words, message: body.subarray(5) }))
    })
    // A message is one byte for compression, four for its length, and itself.
    const head = Buffer.alloc(5)
    head.writeUInt32BE(message.length, 1)
    stream.end(Buffer.concat([head, message]))
  })
}

/** A grpc-message is percent-encoded UTF-8 (PROTOCOL-HTTP2.md); one that is not stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function notHttp2(error: Error): NotYet {
  if (error.message === closed) return new NotYet('closed', `${closed} before there was an answer`)
  const hint = 'is this the right port, and should it be grpcs?'
  return new NotYet('no HTTP/2', `the server does not answer as HTTP/2: ${error.message}`, { hint, cause: error })
}
