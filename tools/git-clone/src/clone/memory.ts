import { cgroupLimits, collector, formatBytes, formatCount, readText, RefusedError } from '@initbox/core'

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
    if (used() + RESERVE <= limit) return
    // Much of it may be garbage that V8 saw no reason to collect.
    collector()('major')
    if (used() + RESERVE <= limit) return
    throw new RefusedError(
      `the repository needs more memory than this container has: ${formatBytes(used())} of ${formatBytes(limit)} are taken by ${grown()}`,
      { hint: 'raise the limit of memory, or take a part with --subpath or --sparse' },
    )
  }
}

/** Bytes of this process that no file is behind, so that the kernel cannot take them back (proc_pid_status(5)). */
function anonymous(): number {
  return Number(/^RssAnon:\s*(\d+)/m.exec(readText('/proc/self/status', { limit: 65_536 }))?.[1] ?? 0) * 1_024
}
