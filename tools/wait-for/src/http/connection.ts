import type { Socket } from 'node:net'
import { DeniedError } from '@initbox/core'
import { NotYet } from '../not-yet.ts'
import { type Endpoint, formatEndpoint } from '../target.ts'
import { dial } from '../wire/dial.ts'
import type { TlsSettings } from '../wire/tls.ts'
import { Wire } from '../wire/wire.ts'
import { proxyLogin } from './proxy.ts'

/** Where a URL's server listens. */
export function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

/**
 * Opens the connection for one exchange with `url`: straight or through a proxy, with TLS for https. A plain http URL goes
 * to its proxy as it is; for https the proxy makes a tunnel (RFC 9110 §9.3.6).
 */
export async function open(url: URL, proxy: URL | undefined, tls: TlsSettings, signal: AbortSignal): Promise<Socket> {
  const endpoint = endpointOf(url)
  const socket = await dial(proxy === undefined ? endpoint : endpointOf(proxy), signal)
  if (url.protocol !== 'https:') return socket
  try {
    if (proxy !== undefined) await tunnel(new Wire(socket, signal), endpoint, proxy)
    const { secure } = await import('../wire/tls.ts')
    return await secure(socket, endpoint, tls, signal)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function tunnel(wire: Wire, endpoint: Endpoint, proxy: URL): Promise<void> {
  const to = formatEndpoint(endpoint)
  const login = proxyLogin(proxy)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  wire.write(`CONNECT ${to} HTTP/1.1\r\nhost: ${to}\r\n${login}\r\n`)
  const [, status = '', reason = ''] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(await wire.readLine()) ?? []
  for (let lines = 0; (await wire.readLine()) !== ''; lines++)
    if (lines > 100) throw new NotYet('proxy', 'the proxy talks too much')
  if (status === '407') throw new DeniedError(`the proxy ${proxy.host} wants another login: 407 ${reason}`)
  if (!status.startsWith('2')) throw new NotYet(`proxy ${status}`, `the proxy ${proxy.host} said ${status} ${reason}`)
  wire.release()
}
