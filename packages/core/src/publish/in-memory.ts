import { statfsSync } from 'node:fs'

/** statfs(2): TMPFS_MAGIC and RAMFS_MAGIC. */
const types = new Set([0x01021994, 0x858458f6])

/** Whether what is at `path`, which must exist, is held in memory. */
export function isInMemory(path: string): boolean {
  return types.has(statfsSync(path).type)
}
