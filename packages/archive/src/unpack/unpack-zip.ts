import { RefusedError } from '@initbox/core'
import type { Content } from '../tar/entry.ts'
import type { ZipDirectory, ZipEntry } from '../zip/entry.ts'
import { ZipReader } from '../zip/reader.ts'
import { partsOf } from './entry-path.ts'
import type { Selection } from './selection.ts'
import type { Tree } from './tree.ts'

/** path_resolution(7). */
const longestTarget = 4_096

/** The same directory with only those entries that are wanted; what they are called is checked for all of them. */
export function wanted(directory: ZipDirectory, select: Selection): ZipDirectory {
  return { ...directory, entries: directory.entries.filter(({ path }) => select(partsOf(path)) !== undefined) }
}

/** A reader of a zip that writes its entries into a tree. */
export function zipInto(tree: Tree, directory: ZipDirectory, select: Selection): ZipReader {
  return new ZipReader(directory, (entry) => visit(tree, entry, select))
}

function visit(tree: Tree, { path, kind, mode, mtime, size }: ZipEntry, select: Selection): Content | undefined {
  const parts = select(partsOf(path))
  if (parts === undefined) return undefined
  if (kind === 'file') return tree.file(parts, { mode, mtime, size })
  if (kind === 'other')
    throw new RefusedError(`the archive holds ${path} as a device or pipe`, { hint: 'leave it out with --exclude' })
  if (kind === 'folder') {
    tree.folder(parts, mode)
    return undefined
  }
  if (size > longestTarget) throw new RefusedError(`the archive has a symlink whose target is too long, ${path}`)
  const target: Buffer[] = []
  return {
    write: (bytes) => target.push(Buffer.from(bytes)),
    end: () => tree.symlink(parts, Buffer.concat(target).toString()),
  }
}
