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

/** Bytes of an entry before its path, and more flags there, which only version 3 has. */
const HEAD = 62
const MORE = 2
const EXTENDED = 0x4000
const SKIP_WORKTREE = 0x4000
const LONGEST_NAME = 0xfff

/**
 * `.git/index` (gitformat-index, version 2, or 3 where some are left out) of files that are as the commit has them. isomorphic-git writes the whole file
 * anew for each of them, and takes every name for UTF-8. `at` gives the path for system calls.
 */
export function indexFile(tracked: readonly Tracked[], at: (path: string) => string | Buffer): Buffer {
  const head = Buffer.from('DIRC\0\0\0\x02\0\0\0\0', 'latin1')
  if (tracked.some(({ isLeftOut }) => isLeftOut)) head.writeUInt32BE(3, 4)
  head.writeUInt32BE(tracked.length, 8)
  // Binary strings compare as their bytes do.
  const inOrder = tracked.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const body = Buffer.concat([head, ...inOrder.map((each) => entryOf(each, at))])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function entryOf({ path, mode, id, isLeftOut = false }: Tracked, at: (path: string) => string | Buffer): Buffer {
  const head = isLeftOut ? HEAD + MORE : HEAD
  // One NUL at least, up to a multiple of eight.
  const bytes = Buffer.alloc(Math.ceil((head + path.length + 1) / 8) * 8)
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
    for (const [field, value] of fields.entries()) bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)), field * 4)
  }
  bytes.writeUInt32BE(mode, 24)
  bytes.write(id, 40, 'hex')
  bytes.writeUInt16BE(Math.min(path.length, LONGEST_NAME) | (isLeftOut ? EXTENDED : 0), 60)
  if (isLeftOut) bytes.writeUInt16BE(SKIP_WORKTREE, HEAD)
  bytes.write(path, head, 'latin1')
  return bytes
}
