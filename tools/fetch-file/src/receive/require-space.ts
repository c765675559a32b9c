import { statfsSync } from 'node:fs'
import { asOutputError, formatBytes, formatOutputPath, OutputError, type Slot } from '@initbox/core'
import type { Item } from '../files/item.ts'

/**
 * Tells before the first byte that there is no room for the last one: an archive becomes at least what it has itself, unless
 * only some of it is wanted, or there already. Throws OutputError.
 */
export function requireSpace(item: Item, slot: Slot, size: number | undefined): void {
  const { unpack, spool, include = [], exclude = [], subpath } = item.settings
  const isSome = include.length > 0 || exclude.length > 0 || subpath !== undefined
  if (size === undefined || size < worthAsking || slot.isBegun || (isSome && unpack === true && spool !== true)) return
  const free = freeIn(slot)
  if (free === undefined || size <= free) return
  throw new OutputError(
    `cannot write ${formatOutputPath(item.out)}: it has ${formatBytes(size)}, and the volume has room for ${formatBytes(free)}`,
    { hint: 'give it more (sizeLimit of an emptyDir, the claim of a volume), or unpack only some: include, subpath' },
  )
}

/** A smaller file finds out soon enough. */
const worthAsking = 1 << 20

/** Bytes that can still be written where the output goes; some file systems say nothing, and have no blocks. */
export function freeIn({ destination: { folder, to } }: Slot): number | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(`${folder.path}/.`)
    return blocks === 0 ? undefined : bavail * bsize
  } catch (error) {
    throw asOutputError(to, error)
  }
}
