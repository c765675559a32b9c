import { fitsUstar, type NewEntry, writeTar } from '@initbox/archive/tar'

/** One file system entry of an image layer; owner root, time 0. `path` is relative to `/`, `mode` holds the permission bits. */
export type Entry = Exclude<NewEntry, { kind: 'hardlink' }>

/**
 * Packs entries into an uncompressed tar archive whose bytes depend on the entries alone: sorted, missing parent folders
 * added as 0755. Throws for a path that needs more than ustar: a builder that unpacks and packs a layer again could
 * write it another way.
 */
export function packTar(entries: readonly Entry[]): Buffer {
  const all = complete(entries)
  for (const { kind, path } of all)
    if (!fitsUstar(kind === 'folder' ? `${path}/` : path)) throw new Error(`path too long for a ustar archive: ${path}`)
  return writeTar(all)
}

/** The entries sorted by path, each with all of its parent folders before it; throws when two share a path. */
export function complete(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>()
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw new Error(`two entries want ${entry.path}`)
    byPath.set(entry.path, entry)
  }
  for (const { path } of entries) {
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      const parent = path.slice(0, at)
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, mode: 0o755, kind: 'folder' })
    }
  }
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
