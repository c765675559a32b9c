import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { builtin, NotReadyError } from '@initbox/core'

/** Where a server listens. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export type TlsSettings = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly serverName?: string | undefined
}

/** Opens a connection, by TLS where settings for it are given. Throws NotReadyError. (A seam until packages/net is there.) */
export async function dial(place: Place, tls: TlsSettings | undefined, signal: AbortSignal): Promise<Socket> {
  const socket = await opened(connectTcp(place), 'connect', place, signal)
  if (tls === undefined || 'path' in place) return socket
  const { connect: connectTls } = builtin('node:tls')
  const read = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : readFileSync(path))
  const name = tls.serverName ?? place.host
  const secure = connectTls({
    socket,
    ca: read(tls.ca),
    cert: read(tls.cert),
    key: read(tls.key),
    ...(isIP(name) === 0 ? { servername: name } : { host: name }),
  })
  return opened(secure, 'secureConnect', place, signal)
}

function opened(socket: Socket, event: string, place: Place, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', stop)
      socket.off('error', failed).off(event, done)
      if (error === undefined) return resolve(socket)
      socket.on('error', () => {}).destroy()
      return reject(error)
    }
    const done = (): void => settle()
    const failed = (error: Error): void =>
      settle(new NotReadyError(`cannot connect to ${formatPlace(place)}: ${error.message}`, { cause: error }))
    const stop = (): void => settle(signal.reason)
    socket.once(event, done).once('error', failed)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}

export function formatPlace(place: Place): string {
  if ('path' in place) return place.path
  return `${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`
}
