import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { onTestFinished } from 'vitest'

/** An HTTP server on a free port of 127.0.0.1 until the end of the test; returns its port. */
export function httpServer(listener: RequestListener): Promise<number> {
  return listen(createServer(listener))
}

/** The same with TLS. */
export function httpsServer(
  certificate: { readonly cert: string; readonly key: string },
  listener: RequestListener,
): Promise<number> {
  return listen(createSecureServer({ cert: certificate.cert, key: certificate.key }, listener))
}

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
