import type { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { RefusedError, systemCode, UsageError } from '@initbox/core'
import { NotYet } from '../not-yet.ts'
import { type Endpoint, formatEndpoint } from '../target.ts'
import { formatCertificate } from './certificate.ts'
import type { TlsParameters } from './tls-parameters.ts'

export type TlsSettings = Partial<TlsParameters> & {
  /** Protocols to offer (ALPN), best first. */
  readonly protocols?: readonly string[]
  /** The certificate must be signed by a known CA, for whatever name (PostgreSQL's `verify-ca`). */
  readonly anyName?: boolean
  /** Shown the certificate once it is accepted: Node gives it only once for a connection. */
  readonly inspect?: (certificate: X509Certificate) => void
}

/**
 * TLS on top of an open connection. Throws RefusedError with subject, issuer and dates for a certificate that is not
 * accepted, NotYet when the other side speaks no TLS or ends it.
 */
export function secure(
  plain: Socket,
  endpoint: Endpoint,
  settings: TlsSettings,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = settings.sni ?? endpoint.host
  // Files are read at each attempt: a certificate that a sidecar rotates is taken up.
  const files = { ca: caOf(settings), cert: read(settings.cert), key: read(settings.key) }
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = connect({
      socket: plain,
      ...(isIP(name) === 0 ? { servername: name } : { host: name }),
      ...files,
      ...(settings.protocols === undefined ? {} : { ALPNProtocols: [...settings.protocols] }),
      ...(settings.anyName ? { checkServerIdentity: () => undefined } : {}),
      // Checked below instead, where the certificate can be told: Node's error has neither issuer nor dates.
      rejectUnauthorized: false,
    })
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', stop)
      socket.off('error', failed).off('close', closed)
      if (error === undefined) return resolve(socket)
      socket.on('error', () => {}).destroy()
      plain.destroy()
      reject(error)
    }
    const failed = (error: Error): void => settle(handshakeFailure(error))
    const closed = (): void => settle(new NotYet('closed', 'the connection was closed during the TLS handshake'))
    const stop = (): void => settle(inHandshake(signal.reason))
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

function check(socket: TLSSocket, endpoint: Endpoint, { insecure, fingerprint, inspect }: TlsSettings): void {
  const certificate = socket.getPeerX509Certificate()
  const where = `certificate of ${formatEndpoint(endpoint)}`
  if (certificate === undefined) throw new RefusedError(`${formatEndpoint(endpoint)} showed no certificate`)
  const told = formatCertificate(certificate)
  const plain = (text: string): string => text.replaceAll(/[^\da-f]/gi, '').toLowerCase()
  if (fingerprint !== undefined) {
    const found = plain(certificate.fingerprint256)
    if (found !== plain(fingerprint)) throw new RefusedError(`${where} has the SHA-256 ${found} (${told})`)
  } else if (!insecure && !socket.authorized) {
    throw new RefusedError(`${where} is not accepted: ${reasonOf(socket.authorizationError)} (${told})`, {
      hint: 'name the CA with ?ca=FILE, the name in the certificate with ?sni=NAME',
    })
  }
  inspect?.(certificate)
}

/** `CERT_HAS_EXPIRED`, as OpenSSL's verify(1) names its errors, to `cert has expired`; Node types an Error and gives a code. */
function reasonOf(error: unknown): string {
  return String(error).toLowerCase().replaceAll('_', ' ')
}

function handshakeFailure(error: Error): Error {
  const code = systemCode(error) ?? ''
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new NotYet('reset', 'the connection was reset during the TLS handshake', { cause: error })
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return new NotYet('no TLS', 'the server does not speak TLS on this port', { cause: error })
  }
  const reason = 'reason' in error ? String(error.reason) : error.message
  if (/certificate (required|unknown)|bad certificate|unknown ca/.test(reason)) {
    return new RefusedError(`the server refused the client certificate: ${reason}`, { cause: error })
  }
  return new NotYet('no TLS', `the TLS handshake failed: ${reason}`, { cause: error })
}

function inHandshake(reason: unknown): unknown {
  return reason instanceof NotYet
    ? new NotYet('silent', `connected, but ${reason.message} to the TLS handshake`)
    : reason
}

function caOf({ ca }: TlsSettings): string | undefined {
  const file = ca ?? process.env['SSL_CERT_FILE']
  return read(file === '' ? undefined : file)
}

function read(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${systemCode(error)}`, { cause: error })
  }
}
