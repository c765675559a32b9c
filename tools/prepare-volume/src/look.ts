import { lstatSync, type Stats } from 'node:fs'
import { systemCode } from '@initbox/core'

/** What is at a path of the volume, never through a symlink in its last place; undefined when nothing is. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // A file, a loop of symlinks or a closed folder on the way: whoever writes there says so.
    if (['ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
}
