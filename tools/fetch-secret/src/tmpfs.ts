import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatOutputPath, isInMemory, type OutputPath, UsageError } from '@initbox/core'

/** Throws UsageError when an output would go to a file system that may be a disk. */
export function requireTmpfs(outputs: readonly OutputPath[]): void {
  for (const to of outputs) {
    let folder = resolve(formatOutputPath(to))
    while (!existsSync(folder)) folder = dirname(folder)
    if (isInMemory(folder)) continue
    throw new UsageError(`${formatOutputPath(to)} would not be in memory, which --require-tmpfs wants`, {
      hint: 'give the volume emptyDir: {medium: Memory}',
    })
  }
}
