import { type OutputPath, parseRelativePath, RefusedError } from '@initbox/core'
import type { Found } from '../secret/select.ts'
import { bytesOfField, namedIn } from './format.ts'
import { certificateIn } from './pem.ts'

export type NamedFile = { readonly to: OutputPath; readonly content: string | Uint8Array }

/** A file for each name; a name with slashes is a path below the folder. Throws RefusedError for one that leads elsewhere. */
export function filesOf(found: Found, folder: OutputPath, label: string): readonly NamedFile[] {
  return Object.entries(namedIn(found, label)).map(([name, value]) => ({
    to: below(folder, name, label),
    content: bytesOfField(name, value, label),
  }))
}

/** `tls.key`, `tls.crt` and `ca.crt`. */
export function tlsFilesOf(found: Found, folder: OutputPath, label: string): readonly NamedFile[] {
  const { key, chain, ca } = certificateIn(namedIn(found, label), label)
  const files = { 'tls.key': key, 'tls.crt': chain, 'ca.crt': ca }
  return Object.entries(files).flatMap(([name, content]) =>
    content === undefined ? [] : [{ to: below(folder, name, label), content }],
  )
}

function below({ root, path }: OutputPath, name: string, label: string): OutputPath {
  if (
    !name.startsWith('/') &&
    !name.split('/').some((part) => part === '' || part === '.' || Buffer.byteLength(part) > 255)
  )
    try {
      const relative = parseRelativePath(name)
      return { root, path: path === '.' ? relative : parseRelativePath(`${path}/${relative}`) }
    } catch {
      // One sentence for all of them.
    }
  throw new RefusedError(`${label}: ${JSON.stringify(name.slice(0, 60))} is no name for a file`, {
    hint: 'name the keys that you want one by one, as in OUT=…#key',
  })
}
