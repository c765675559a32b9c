import { readText } from '@initbox/core'
import type { Given } from '../given.ts'
import type { TlsSettings } from './client.ts'

const limit = 2 ** 20

export function tlsSettingsOf({ tlsCa, tlsCert, tlsKey, tlsServerName }: Given): TlsSettings {
  const read = (path: string | undefined, option: string): string | undefined =>
    path === undefined ? undefined : readText(path, { limit, option })
  return {
    ca: read(tlsCa, '--tls-ca'),
    cert: read(tlsCert, '--tls-cert'),
    key: read(tlsKey, '--tls-key'),
    servername: tlsServerName,
  }
}
