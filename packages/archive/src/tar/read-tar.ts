import type { TarEntry } from './entry.ts'
import { TarReader } from './reader.ts'

/** An entry with its bytes. */
export type ReadEntry = TarEntry & { readonly content: Buffer }

/** Reads a whole archive in memory. `partial` is for the beginning of one: what is cut off then has the content that is there. */
export function readTar(archive: Buffer, { partial = false } = {}): readonly ReadEntry[] {
  const entries: { entry: TarEntry; parts: Buffer[] }[] = []
  const reader = new TarReader((entry) => {
    const parts: Buffer[] = []
    entries.push({ entry, parts })
    return { write: (bytes) => parts.push(bytes), end: () => undefined }
  })
  reader.write(archive)
  if (!partial) reader.end()
  return entries.map(({ entry, parts }) => ({ ...entry, content: Buffer.concat(parts) }))
}
