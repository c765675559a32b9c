import { checked, type Collected } from './collected.ts'
import { keyOf } from './manifest.ts'
import { configMap, secret, service } from './object-shapes.ts'

/** Reads `kind: ConfigMap`; `binaryData` is base64. */
export function readConfigMap(document: Record<string, unknown>, into: Collected): void {
  const value = checked(document, configMap, into)
  if (value === undefined) return
  const { name = '', namespace } = value.metadata
  const keys = [...texts(value.data), ...base64(value.binaryData, `ConfigMap/${name} binaryData`, into)]
  into.configMaps.set(keyOf(namespace, name), new Map(keys))
}

/** Reads `kind: Secret`; `data` is base64, and `stringData` beats it. */
export function readSecret(document: Record<string, unknown>, into: Collected): void {
  const value = checked(document, secret, into)
  if (value === undefined) return
  const { name = '', namespace } = value.metadata
  const keys = [...base64(value.data, `Secret/${name} data`, into), ...texts(value.stringData)]
  into.secrets.set(keyOf(namespace, name), new Map(keys))
}

/** Reads `kind: Service`. */
export function readService(document: Record<string, unknown>, into: Collected): void {
  const value = checked(document, service, into)
  if (value !== undefined) into.services.push(value)
}

function texts(values: Readonly<Record<string, string>> = {}): [string, Buffer][] {
  return Object.entries(values).map(([key, value]) => [key, Buffer.from(value)])
}

function base64(
  values: Readonly<Record<string, string>> = {},
  place: string,
  { findings }: Collected,
): [string, Buffer][] {
  return Object.entries(values).map(([key, value]) => {
    const compact = value.replaceAll(/\s/g, '')
    const bytes = Buffer.from(compact, 'base64')
    // The value is not repeated: it may be a secret.
    if (bytes.toString('base64') !== compact)
      findings.problems.push(`${place}.${key}: is not base64 (hint: a Secret takes plain text in stringData)`)
    return [key, bytes]
  })
}
