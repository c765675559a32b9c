import { decodeText, readInputFile } from '@initbox/core'
import type { Given } from '../vault/settings.ts'
import type { TlsSettings } from './client.ts'

const limit = 2 ** 20

export function tlsSettingsOf({ tlsCa, tlsCert, tlsKey, tlsServerName }: Given): TlsSettings {
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : decodeText(readInputFile(path, { limit }).bytes, path)
  return { ca: read(tlsCa), cert: read(tlsCert), key: read(tlsKey), servername: tlsServerName }
}
