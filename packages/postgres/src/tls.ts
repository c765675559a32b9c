import type { ConnectionOptions } from 'node:tls'
import { builtin, readText } from '@initbox/core'
import type { ConnectionSettings } from './settings.ts'

/**
 * The TLS settings of an sslmode, as libpq means them (docs: libpq-ssl): `require` encrypts without looking at the
 * certificate unless a CA is given, `verify-ca` checks who signed it, `verify-full` also the host's name.
 */
export function tlsOptions({ sslMode, sslRootCert, sslCert, sslKey }: ConnectionSettings): ConnectionOptions {
  const verifies = sslMode === 'verify-ca' || sslMode === 'verify-full' || sslRootCert !== undefined
  const fullName = sslMode === 'verify-full' || sslRootCert === 'system'
  return {
    rejectUnauthorized: verifies,
    checkServerIdentity: fullName ? builtin('node:tls').checkServerIdentity : () => undefined,
    ...(sslRootCert === undefined || sslRootCert === 'system' ? {} : { ca: read('--ssl-root-cert', sslRootCert) }),
    ...(sslCert === undefined ? {} : { cert: read('--ssl-cert', sslCert) }),
    ...(sslKey === undefined ? {} : { key: read('--ssl-key', sslKey) }),
  }
}

function read(option: string, path: string): string {
  return readText(path, { limit: 2 ** 20, option })
}
