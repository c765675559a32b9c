import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { formatDuration, option, parseDuration, RefusedError } from '@initbox/core'
import { connect, formatCertificate } from '@initbox/net'
import { tlsParameters, tlsSettings } from '../wire/tls-parameters.ts'
import { defineProbe } from './probe.ts'

// Days, because a duration of core ends at 24 of them, the longest timer.
const validity = option.of('duration', (text) => {
  const [, days] = /^(\d{1,4})d$/.exec(text) ?? []
  return days === undefined ? parseDuration(text) : Number(days) * 86_400_000
})

export const probe = defineProbe({
  ready: 'completes a TLS handshake with a certificate that is valid for its name',
  example: 'tls://db:5432?min-validity=7d',
  address: { hosts: 'one', port: 443 },
  parameters: {
    ...tlsParameters,
    minValidity: validity({ help: 'The certificate must be valid for at least this long, as in 7d' }),
  },
  prepare: (target, context) => {
    const settings = tlsSettings(target.parameters, context)
    return {
      async attempt(signal) {
        const { minValidity = 0 } = target.parameters
        let until = ''
        const inspect = (certificate: X509Certificate): void => {
          const left = certificate.validToDate.getTime() - Date.now()
          if (minValidity > 0 && left < minValidity) {
            const still = left <= 0 ? 'is expired' : `is valid for ${inDays(left)} only`
            throw new RefusedError(
              `its certificate ${still}, not for ${inDays(minValidity)} (${formatCertificate(certificate)})`,
            )
          }
          until = certificate.validToDate.toISOString().slice(0, 10)
        }
        const socket = await connect(target, { tls: { ...settings, inspect }, signal })
        try {
          if (socket.getProtocol() === 'TLSv1.3') await serverVerdict(socket, signal)
        } finally {
          socket.on('error', () => {}).destroy()
        }
        return `certificate until ${until}`
      },
    }
  },
})

/** Longest wait for what a server says after the handshake, in milliseconds: most send a ticket at once, some send nothing. */
const longest = 300

/**
 * Under TLS 1.3 the client is done before the server has looked at its certificate (RFC 8446 §4.4.2); a ticket says that it was good
 * enough. Rejects with the server's alert.
 */
async function serverVerdict(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(done, longest)
    signal.addEventListener('abort', stop, { once: true })
    socket.once('error', (error) => {
      reject(error)
      done()
    })
    for (const event of ['session', 'data', 'close']) socket.once(event, done)
  })
}

/** Days where there are several: nobody reads 479h. */
function inDays(milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000)
  return days < 2 ? formatDuration(milliseconds) : `${days} days`
}
