import { createServer, request as send, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'

type Behaviour = {
  /** Whoever does not send this as Proxy-Authorization gets 407. */
  readonly login?: string
  /** Everybody gets this status. */
  readonly status?: number
  /** Each connection ends after so many bytes of an answer. */
  readonly cutAfter?: number
}

export type Proxy = {
  readonly url: (userInfo: string) => string
  /** The request lines that came with what was wanted. */
  readonly asked: string[]
}

/** An HTTP proxy on the loopback until the end of the test: whole URLs for http, tunnels for https. */
export async function proxy({ login, status, cutAfter = Infinity }: Behaviour): Promise<Proxy> {
  const asked: string[] = []
  const refusal = (given: string | undefined): number | undefined =>
    status ?? (login === undefined || login === given ? undefined : 407)
  const server = createServer((request, response) => {
    const refused = refusal(request.headers['proxy-authorization'])
    if (refused !== undefined) return void response.writeHead(refused).end()
    const url = new URL(request.url ?? '')
    asked.push(`GET ${url.href}`)
    const headers = { ...request.headers, host: url.host }
    delete headers['proxy-authorization']
    send(url, { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      forward(answer, response, cutAfter)
    })
      .on('error', () => response.writeHead(502).end())
      .end()
  })
  server.on('connect', (request, socket) => {
    socket.on('error', () => {})
    const refused = refusal(request.headers['proxy-authorization'])
    if (refused !== undefined) return void socket.end(`HTTP/1.1 ${refused} No\r\n\r\n`)
    asked.push(`CONNECT ${request.url}`)
    const [host = '', port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(upstream)
      forward(upstream, socket, cutAfter)
    })
    upstream.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: (userInfo) => `http://${userInfo}127.0.0.1:${port}`, asked }
}

/** Hands on so many bytes, and then ends the connection once they have arrived. */
function forward(from: NodeJS.ReadableStream, to: Duplex | ServerResponse, most: number): void {
  let left = most
  from.on('data', (chunk: Buffer) => {
    if (left <= 0) return
    to.write(chunk.subarray(0, left), () => left <= 0 && setTimeout(() => to.destroy(), 50))
    left -= chunk.length
  })
  from.on('end', () => left > 0 && to.end())
  from.on('error', () => to.destroy())
  to.on('error', () => from.removeAllListeners('data').pause())
}
