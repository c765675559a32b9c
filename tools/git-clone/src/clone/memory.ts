import { cgroupLimits, formatBytes, formatCount, RefusedError } from '@initbox/core'

/** What is held of each object of a pack until its end: offset, size, position, id, and a slot in a table that doubles. */
const EACH = 160

/**
 * Refuses a pack of more objects than this container can hold a table of, before the kernel ends the container without a
 * word. Throws RefusedError with the numbers.
 */
export function refuseTooMany(objects: number, limit = cgroupLimits().memory, used = process.memoryUsage.rss()): void {
  const needed = used + objects * EACH
  if (limit === undefined || needed <= limit) return
  throw new RefusedError(
    `the pack has ${formatCount(objects)} objects: to read it takes ${formatBytes(needed)} of memory, and this container has ${formatBytes(limit)}`,
    { hint: 'raise the limit of memory, or ask for fewer commits with --history' },
  )
}
