import { formatDuration, option, RefusedError } from '@initbox/core'
import { dial } from '../wire/dial.ts'
import { formatCertificate } from '../wire/certificate.ts'
import { secure } from '../wire/tls.ts'
import { tlsParameters } from '../wire/tls-parameters.ts'
import { defineProbe } from './probe.ts'

export const probe = defineProbe({
  ready: 'completes a TLS handshake with a certificate that is valid for its name',
  example: 'tls://db:5432?min-validity=7d',
  address: { hosts: 'one', port: 443 },
  parameters: {
    ...tlsParameters,
    minValidity: option.duration({ help: 'The certificate must be valid for at least this long' }),
  },
  prepare: (target) => ({
    async attempt(signal) {
      const plain = await dial(target, signal)
      try {
        const socket = await secure(plain, target, target.parameters, signal)
        const certificate = socket.getPeerX509Certificate()
        if (certificate === undefined) throw new RefusedError('the server showed no certificate')
        const left = certificate.validToDate.getTime() - Date.now()
        const { minValidity = 0 } = target.parameters
        if (minValidity > 0 && left < minValidity) {
          const still = left <= 0 ? 'is expired' : `is valid for ${formatDuration(left)} only`
          throw new RefusedError(
            `its certificate ${still}, not for ${formatDuration(minValidity)} (${formatCertificate(certificate)})`,
          )
        }
        return `certificate until ${certificate.validToDate.toISOString().slice(0, 10)}`
      } finally {
        plain.destroy()
      }
    },
  }),
})
