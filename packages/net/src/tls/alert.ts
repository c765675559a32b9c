import { DeniedError, RefusedError, systemCode, ToolError } from '@initbox/core'
import { NotYet } from '../not-yet.ts'
import { optionNames, type TlsSettings, withValue } from './settings.ts'

/** What a server says about a certificate of the client (RFC 8446 §6.2), in OpenSSL's words. */
const aboutClient =
  /^(bad certificate|unsupported certificate|certificate (required|revoked|expired|unknown)|unknown ca|access denied|decrypt error)$/

/**
 * The words for an error of a TLS connection, in the handshake or after it; other errors come back as they are. An alert
 * about the client's certificate is DeniedError, since no waiting changes it.
 *
 * `phase` is how far the handshake is: until the server has shown its certificate, until the end, and after it. Under TLS 1.2
 * OpenSSL says no more than "handshake failure" to a client without a certificate, but only once it has shown its own;
 * where there is no common cipher it does not come so far.
 */
export function explainAlert(
  error: Error,
  { cert, names = optionNames }: TlsSettings,
  phase: 'hello' | 'certificates' | 'done',
): Error {
  const inHandshake = phase !== 'done'
  if (error instanceof ToolError) return error
  const code = systemCode(error) ?? ''
  if (inHandshake && (code === 'ECONNRESET' || code === 'EPIPE')) {
    return new NotYet('reset', 'the connection was reset during the TLS handshake', { cause: error })
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return new NotYet('no TLS', 'the server does not speak TLS on this port', { cause: error })
  }
  if (!inHandshake && !code.startsWith('ERR_SSL_')) return error
  const reason = 'reason' in error ? String(error.reason) : error.message
  // `sslv3 alert bad certificate`, `ssl/tls alert bad certificate`, `tlsv13 alert certificate required` …
  const [, alert = reason] = /^(?:ssl\/tls|(?:ssl|tls)v[\d.]+) alert (.+)$/.exec(reason) ?? []
  if (aboutClient.test(alert) || (phase === 'certificates' && alert === 'handshake failure')) {
    const hint = `${withValue(names.cert, 'FILE')} with ${withValue(names.key, 'FILE')}`
    return cert === undefined
      ? new DeniedError('the server wants a client certificate', { hint, cause: error })
      : new DeniedError(`the server refused the client certificate ${cert}: ${alert}`, { cause: error })
  }
  if (alert.endsWith('unrecognized name')) {
    const hint = `give the name that it knows with ${withValue(names.serverName, 'NAME')}`
    return new RefusedError('the server has no certificate for this name', { hint, cause: error })
  }
  const hint = hints[alert]
  return new NotYet('no TLS', `the TLS ${inHandshake ? 'handshake' : 'connection'} failed: ${alert}`, {
    hint,
    cause: error,
  })
}

const hints: Readonly<Record<string, string>> = {
  'handshake failure': 'no common cipher',
  'protocol version': 'the server speaks only versions of TLS that are no longer safe',
  'unsupported protocol': 'the server speaks only versions of TLS that are no longer safe',
  'no application protocol': 'the server does not speak the protocol that was asked for (ALPN)',
}
