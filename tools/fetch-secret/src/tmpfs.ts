import { existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatOutputPath, type OutputPath, UsageError } from '@initbox/core'

/** statfs(2): TMPFS_MAGIC and RAMFS_MAGIC. */
const inMemory = new Set([0x01021994, 0x858458f6])

/** Throws UsageError when an output would go to a file system that may be a disk. */
export function requireTmpfs(outputs: readonly OutputPath[]): void {
  for (const to of outputs) {
    let folder = resolve(formatOutputPath(to))
    while (!existsSync(folder)) folder = dirname(folder)
    if (inMemory.has(statfsSync(folder).type)) continue
    throw new UsageError(`${formatOutputPath(to)} would not be in memory, which --require-tmpfs wants`, {
      hint: 'give the volume emptyDir: {medium: Memory}',
    })
  }
}
