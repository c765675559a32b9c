import { lstatSync, type Stats } from 'node:fs'
import { systemCode } from '@initbox/core'

/** What is at a path, never through a symlink in its last place; undefined when nothing is. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // A file on the way: whoever writes there says so.
    if (systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
