import { readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
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

/** The same directory without the files that an earlier run left whole in the tree; what it left of others is taken away. */
export function missing(directory: ZipDirectory, tree: Tree, select: Selection): ZipDirectory {
  const seen = new Set<string>()
  const isMissing = (entry: ZipEntry): boolean => {
    const parts = select(partsOf(entry.path))
    if (parts === undefined || entry.kind === 'folder' || entry.kind === 'other') return true
    const path = parts.join('/')
    // What the archive has twice is refused as ever when it is unpacked.
    if (seen.has(path)) return true
    seen.add(path)
    const isGood = (fd: number, length: number): boolean =>
      entry.kind === 'file' && length === entry.size && crcOf(fd, length) === entry.crc
    return tree.left(parts, entry, isGood) !== 'whole'
  }
  return { ...directory, entries: directory.entries.filter(isMissing) }
}

const step = 1 << 20

function crcOf(fd: number, length: number): number {
  const buffer = Buffer.allocUnsafe(Math.min(step, length))
  let crc = 0
  for (let at = 0, read = -1; at < length && read !== 0; at += read) {
    read = readSync(fd, buffer, 0, buffer.length, at)
    crc = crc32(buffer.subarray(0, read), crc)
  }
  return crc
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
