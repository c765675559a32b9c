import { connect, type IncomingHttpHeaders } from 'node:http2'

const serving = 1

/** One call of grpc.health.v1.Health/Check (gRPC over HTTP/2, health.proto); the reason of a failure, or undefined. */
export function tryGrpc(host: string, port: number, service: string, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const session = connect(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)
    const timer = setTimeout(() => end(`no answer from port ${port} within ${timeout / 1_000} s`), timeout)
    const end = (reason?: string): void => {
      clearTimeout(timer)
      session.destroy()
      resolve(reason)
    }
    session.on('error', (error) => end(error.message)).on('close', () => end('the connection was closed'))
    const headers = { ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', te: 'trailers' }
    const stream = session.request({ ...headers, 'content-type': 'application/grpc' })
    let body = Buffer.alloc(0)
    let fields: IncomingHttpHeaders = {}
    stream.on('error', (error) => end(error.message))
    // An answer without a message has its status in the headers.
    stream.on('response', (received) => (fields = received))
    stream.on('trailers', (trailers) => (fields = { ...fields, ...trailers }))
    stream.on('data', (chunk: Buffer) => (body = Buffer.concat([body, chunk]).subarray(0, 64)))
    stream.on('end', () => {
      const status = fields['grpc-status']
      if (status !== '0') return end(`gRPC status ${String(status)} ${String(fields['grpc-message'] ?? '')}`.trim())
      // Five bytes before the message, whose only field is 1, a number.
      const [, health = 0] = body.subarray(5)
      end(health === serving ? undefined : `service unhealthy (responded with status ${health})`)
    })
    stream.end(request(service))
  })
}

/** A message is one byte for compression, four for its length, and itself: field 1, a string. */
function request(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name])
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
