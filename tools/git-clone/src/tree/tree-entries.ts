import { RefusedError } from '@initbox/core'
import { canonicalMode, type EntryMode } from './mode.ts'

/** One entry of a tree. The name is a binary string (one character a byte): names need not be UTF-8. */
export type TreeEntry = {
  readonly name: string
  readonly mode: EntryMode
  /** Where in the tree's bytes its id stands. */
  readonly idAt: number
}

/** Walks through the entries of a tree object (gitformat: mode, space, name, NUL, id). Throws RefusedError. */
export function* treeEntries(bytes: Buffer): Generator<TreeEntry> {
  const names = new Set<string>()
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at)
    const end = space === -1 ? -1 : bytes.indexOf(0, space)
    if (end === -1 || end + 21 > bytes.length) throw new RefusedError('a tree is cut off')
    const digits = bytes.toString('latin1', at, Math.min(space, at + 8))
    // Old programs wrote zeros before it.
    if (!/^0*[0-7]{1,6}$/.test(digits)) throw new RefusedError('a tree has an entry without a mode')
    const name = bytes.toString('latin1', space + 1, end)
    if (names.has(name)) throw new RefusedError(`a tree has two entries of the name ${readable(name)}`)
    names.add(name)
    yield { name, mode: canonicalMode(Number.parseInt(digits, 8)), idAt: end + 1 }
    at = end + 21
  }
}

/** A path of bytes as people read it. */
export function readable(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}
