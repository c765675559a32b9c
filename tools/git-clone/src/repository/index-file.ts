import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { entryMode } from '../tree/mode.ts'

/** What git is to know of one path of the tree: a binary string, its mode, and the id that the tree names. */
export type Tracked = {
  readonly path: string
  readonly mode: number
  readonly id: string
  /** Part of the commit, and not of the working tree, because that is sparse. */
  readonly isLeftOut?: boolean
}

/** Bytes of the file before its entries, and of the sum at its end. */
const BEGIN = 12
const SUM = 20
/** Bytes of an entry before its path, and more flags there, which only version 3 has. */
const HEAD = 62
const MORE = 2
const EXTENDED = 0x4000
const SKIP_WORKTREE = 0x4000
const LONGEST_NAME = 0xfff

/** After so many entries it is looked at how much memory is left. */
const FEW_THOUSAND = 4_096

/**
 * `.git/index` (gitformat-index, version 2, or 3 where some are left out) of files that are as the commit has them. isomorphic-git writes the whole file
 * anew for each of them, and takes every name for UTF-8. `at` gives the path for system calls; `grown` may throw. Sorts `tracked`.
 */
export function indexFile(tracked: Tracked[], at: (path: string) => string | Buffer, grown: () => void): Buffer {
  // Binary strings compare as their bytes do.
  tracked.sort((a, b) => (a.path < b.path ? -1 : 1))
  const size = tracked.reduce((sum, each) => sum + sizeOf(each), BEGIN)
  grown()
  const bytes = Buffer.alloc(size + SUM)
  bytes.write('DIRC', 'latin1')
  bytes.writeUInt32BE(tracked.some(({ isLeftOut }) => isLeftOut) ? 3 : 2, 4)
  bytes.writeUInt32BE(tracked.length, 8)
  let position = BEGIN
  for (const [index, each] of tracked.entries()) {
    if (index % FEW_THOUSAND === 0) grown()
    writeEntry(bytes, position, each, at)
    position += sizeOf(each)
  }
  createHash('sha1').update(bytes.subarray(0, size)).digest().copy(bytes, size)
  return bytes
}

/** One NUL at least after the path, up to a multiple of eight. */
function sizeOf({ path, isLeftOut = false }: Tracked): number {
  return Math.ceil(((isLeftOut ? HEAD + MORE : HEAD) + path.length + 1) / 8) * 8
}

function writeEntry(
  bytes: Buffer,
  position: number,
  { path, mode, id, isLeftOut = false }: Tracked,
  at: (path: string) => string | Buffer,
): void {
  if (mode !== entryMode.submodule && !isLeftOut) {
    const { ctimeNs, mtimeNs, dev, ino, uid, gid, size } = lstatSync(at(path), { bigint: true })
    const second = 1_000_000_000n
    const fields = [
      ctimeNs / second,
      ctimeNs % second,
      mtimeNs / second,
      mtimeNs % second,
      dev,
      ino,
      0n,
      uid,
      gid,
      size,
    ]
    for (const [field, value] of fields.entries())
      bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)), position + field * 4)
  }
  bytes.writeUInt32BE(mode, position + 24)
  bytes.write(id, position + 40, 'hex')
  bytes.writeUInt16BE(Math.min(path.length, LONGEST_NAME) | (isLeftOut ? EXTENDED : 0), position + 60)
  if (isLeftOut) bytes.writeUInt16BE(SKIP_WORKTREE, position + HEAD)
  bytes.write(path, position + (isLeftOut ? HEAD + MORE : HEAD), 'latin1')
}
