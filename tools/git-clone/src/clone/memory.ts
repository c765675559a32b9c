import { statfsSync } from 'node:fs'
import { cgroupLimits, collector, formatBytes, formatCount, isInMemory, readText, RefusedError } from '@initbox/core'

/** What is held of each object of a pack until its end: offset, size, position, id, and a slot in a table that doubles. */
const EACH = 160

/** What the kernel counts beside it: page tables, sockets, files that were just written. With 8 MiB it ended one at 52 of 64. */
const RESERVE = 16 << 20

/**
 * Refuses a pack of more objects than this container can hold a table of, before the kernel ends the container without a
 * word. Throws RefusedError with the numbers.
 */
export function refuseTooMany(objects: number, limit = cgroupLimits().memory, used = anonymous()): void {
  const needed = used + objects * EACH
  if (limit === undefined || needed <= limit) return
  throw new RefusedError(
    `the pack has ${formatCount(objects)} objects: to read it takes ${formatBytes(needed)} of memory, and this container has ${formatBytes(limit)}`,
    { hint: 'raise the limit of memory, or ask for fewer commits with --history' },
  )
}

/**
 * Refuses to go on when the container's memory is nearly full, for the same reason. To be called now and then while
 * something grows; `grown` says what. A call takes 40 µs, and nothing where there is no limit.
 */
export function memoryWatch(grown: () => string, limit = cgroupLimits().memory, used = anonymous): () => void {
  if (limit === undefined) return () => {}
  return () => {
    if (!isFull(used, limit)) return
    throw new RefusedError(
      `the repository needs more memory than this container has: ${formatBytes(used())} of ${formatBytes(limit)} are taken by ${grown()}`,
      { hint: 'raise the limit of memory, or take a part with --subpath or --sparse' },
    )
  }
}

/** As many bytes are written between two looks at a volume in memory. */
const LOOK = 1 << 20
/** What the kernel keeps of a file there beside its pages. */
const INODE = 1_200

/**
 * The same for a volume that is itself in memory (`emptyDir` of `medium: Memory`): what is written there counts as this
 * container's. To be called before bytes are written; undefined for any other volume and where there is no limit.
 */
export function volumeWatch(
  folder: string,
  limit = cgroupLimits().memory,
  used = anonymous,
  held = (): number | undefined => (isInMemory(folder) ? heldIn(folder) : undefined),
): ((bytes: number) => void) | undefined {
  const before = limit === undefined ? undefined : held()
  if (limit === undefined || before === undefined) return undefined
  let ahead = 0
  return (bytes) => {
    ahead += bytes
    if (ahead < LOOK) return
    const files = ahead + (held() ?? 0) - before
    ahead = 0
    if (!isFull(() => used() + files, limit)) return
    throw new RefusedError(
      `the volume is in memory, and the repository needs more of that than this container has: ${formatBytes(used() + files)} of ${formatBytes(limit)}, ${formatBytes(files)} of them for files`,
      { hint: "raise the limit of memory, or leave 'medium: Memory' out of the volume" },
    )
  }
}

function heldIn(folder: string): number {
  const { blocks, bfree, bsize, files, ffree } = statfsSync(folder)
  return (blocks - bfree) * bsize + (files - ffree) * INODE
}

function isFull(used: () => number, limit: number): boolean {
  if (used() + RESERVE <= limit) return false
  // Much of it may be garbage that V8 saw no reason to collect.
  collector()('major')
  return used() + RESERVE > limit
}

/** Bytes of this process that no file is behind, so that the kernel cannot take them back (proc_pid_status(5)). */
function anonymous(): number {
  return Number(/^RssAnon:\s*(\d+)/m.exec(readText('/proc/self/status', { limit: 65_536 }))?.[1] ?? 0) * 1_024
}
