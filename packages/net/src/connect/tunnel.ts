import type { Socket } from 'node:net'
import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import { failedProxy, proxyLogin } from '../http/proxy.ts'
import { NotYet } from '../not-yet.ts'
import { Wire } from '../wire/wire.ts'

/** Has a proxy make a tunnel to an endpoint (RFC 9110 §9.3.6). Throws DeniedError for 407, NotYet for any other "no". */
export async function tunnel(socket: Socket, endpoint: Endpoint, proxy: URL, signal: AbortSignal): Promise<void> {
  const wire = new Wire(socket, signal)
  const to = formatEndpoint(endpoint)
  const login = proxyLogin(proxy)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  wire.write(`CONNECT ${to} HTTP/1.1\r\nhost: ${to}\r\n${login}\r\n`)
  const line = await wire.readLine()
  const [, status = '', reason = ''] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(line) ?? []
  if (status === '') throw new NotYet('no proxy', `${proxy.host} does not answer as an HTTP proxy`)
  for (let lines = 0; (await wire.readLine()) !== ''; lines++)
    if (lines > 100) throw new NotYet('proxy', `the proxy ${proxy.host} talks too much`)
  if (!status.startsWith('2')) throw failedProxy(proxy, Number(status), reason)
  wire.release()
}
