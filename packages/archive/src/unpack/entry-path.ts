import { RefusedError } from '@initbox/core'

/** The parts of a path below the folder that is unpacked into; none for that folder itself. */
export type Parts = readonly string[]

/** Each is held open while an entry is made in it. */
const deepest = 128

/** Splits the path of an entry. Throws RefusedError for one that could lead out of the folder. */
export function partsOf(path: string): Parts {
  const refuse = (why: string): RefusedError =>
    new RefusedError(`the archive wants to write outside of its folder: '${path}' ${why}`, {
      hint: 'do not trust this archive, or leave the entry out with --exclude',
    })
  if (path.startsWith('/')) throw refuse('is absolute')
  if (/^[a-z]:[\\/]/i.test(path)) throw refuse('has a drive letter')
  if (path.includes('\0')) throw refuse('has a NUL byte')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw refuse("has '..' in it")
  if (parts.length > deepest) throw new RefusedError(`the archive has ${parts.length} folders in one path, ${path}`)
  return parts
}

/**
 * Refuses a symlink that could lead out of the folder; `depth` is how many folders it lies below it. Its `..` may only
 * stand at the beginning: there they start from a real folder whose depth is known, behind a name they start from wherever
 * another symlink leads. So a chain of symlinks stays inside when each of them does. Throws RefusedError.
 */
export function checkTarget(path: string, target: string, depth: number): void {
  const refuse = (why: string): RefusedError =>
    new RefusedError(`the archive has a symlink that leads out of its folder: ${path} -> ${target} ${why}`.trim(), {
      hint: 'leave the entry out with --exclude',
    })
  if (target.startsWith('/') || target === '' || target.includes('\0')) throw refuse('')
  let up = 0
  let named = false
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') named = true
    else if (named) throw refuse("('..' behind a name)")
    else up++
  }
  if (up > depth) throw refuse('')
}
