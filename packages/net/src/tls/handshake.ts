import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { RefusedError } from '@initbox/core'
import { type Endpoint, formatEndpoint } from '../endpoint.ts'
import { explainEnd } from '../explain-end.ts'
import { connectedBut, NotYet } from '../not-yet.ts'
import { explainAlert } from './alert.ts'
import { formatCertificate } from './certificate.ts'
import { secureContext } from './read-files.ts'
import { optionNames, type TlsSettings } from './settings.ts'
import { whyNotAccepted } from './why-not-accepted.ts'
import { ipFamily } from '../resolve/ip-family.ts'

/** As `secure`, with what it takes to do it. */
export function handshake(
  plain: Socket,
  endpoint: Endpoint,
  settings: TlsSettings,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = settings.serverName ?? endpoint.host
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = connect({
      socket: plain,
      ...(ipFamily(name) === 0 ? { servername: name } : { host: name }),
      secureContext: secureContext(settings),
      ...(settings.protocols === undefined ? {} : { ALPNProtocols: [...settings.protocols] }),
      ...(settings.anyName ? { checkServerIdentity: () => undefined } : {}),
      // Checked below instead, where the certificate can be told: Node's error has neither issuer nor dates.
      rejectUnauthorized: false,
    })
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', stop)
      socket.off('error', failed).off('close', closed)
      if (error === undefined) {
        // Under TLS 1.3 the server looks at the client's certificate when the client is done (RFC 8446 §4.4.2).
        explainLater(socket, (later) => explainAlert(later, settings, 'done'))
        return resolve(socket)
      }
      socket.on('error', () => {}).destroy()
      plain.destroy()
      reject(error)
    }
    const failed = (error: Error): void => {
      const phase = socket.getPeerX509Certificate() === undefined ? 'hello' : 'certificates'
      settle(explainAlert(error, settings, phase))
    }
    const closed = (): void => settle(new NotYet('closed', 'the connection was closed during the TLS handshake'))
    const stop = (): void => settle(connectedBut(signal.reason, ' to the TLS handshake'))
    socket.once('error', failed).once('close', closed)
    socket.once('secureConnect', () => {
      try {
        check(socket, endpoint, settings)
        settle()
      } catch (error) {
        settle(error)
      }
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** node:tls emits an alert that comes after the handshake without destroying anything. */
function explainLater(socket: TLSSocket, explain: (error: Error) => Error): void {
  const emit = socket.emit.bind(socket)
  socket.emit = (event: string | symbol, ...given: unknown[]) =>
    emit(event, ...(event === 'error' && given[0] instanceof Error ? [explain(given[0])] : given))
  explainEnd(socket, explain)
}

function check(socket: TLSSocket, endpoint: Endpoint, settings: TlsSettings): void {
  const { insecure, fingerprint, inspect, names = optionNames } = settings
  const certificate = socket.getPeerX509Certificate()
  const where = `certificate of ${formatEndpoint(endpoint)}`
  if (certificate === undefined) throw new RefusedError(`${formatEndpoint(endpoint)} showed no certificate`)
  if (fingerprint !== undefined) {
    const found = plainHex(certificate.fingerprint256)
    if (found !== plainHex(fingerprint)) {
      throw new RefusedError(`${where} has the SHA-256 ${found} (${formatCertificate(certificate)})`)
    }
  } else if (!insecure && !socket.authorized) {
    const { reason, hint } = whyNotAccepted(socket.authorizationError, chainOf(certificate), names)
    throw new RefusedError(`${where} ${reason} (${formatCertificate(certificate)})`, { hint })
  }
  inspect?.(certificate)
}

/** The certificates that the server sent or that were found for it, its own first. */
function chainOf(certificate: X509Certificate): X509Certificate[] {
  const chain = [certificate]
  for (
    let next = certificate.issuerCertificate;
    next !== undefined && chain.length < 10;
    next = next.issuerCertificate
  ) {
    if (chain.at(-1)?.fingerprint256 === next.fingerprint256) break
    chain.push(next)
  }
  return chain
}

function plainHex(text: string): string {
  return text.replaceAll(/[^\da-f]/gi, '').toLowerCase()
}
