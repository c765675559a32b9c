import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { asInputError, RefusedError, systemCode } from '@initbox/core'
import { kindOf, namesIn, staysWithin } from './source.ts'

/** How many entries are copied before signals get their turn. */
const atOnce = 200

export type TreeSettings = { readonly mode: number | undefined; readonly signal: AbortSignal }

/**
 * Copies a folder into an empty one, with modes and times, which tell the next run that nothing has changed. `to` is good
 * in this process only (see `publishDirectory`). Returns how many files it copied. Throws RefusedError for what is no file.
 */
export async function copyTree(from: string, to: string, { mode, signal }: TreeSettings): Promise<number> {
  let entries = 0
  let files = 0
  const folder = async (path: string): Promise<void> => {
    for (const name of namesIn(`${from}/${path}`)) {
      const child = path === '' ? name : `${path}/${name}`
      const [source, copy] = [`${from}/${child}`, `${to}/${child}`]
      const stats = lstatSync(source)
      const kind = kindOf(source, stats)
      if (kind === 'folder') {
        mkdirSync(copy, 0o700)
        await folder(child)
        chmodSync(copy, stats.mode & 0o777)
      } else if (kind === 'link') {
        const target = readlinkSync(source)
        if (!staysWithin(child, target)) throw new RefusedError(`cannot copy ${source}: it is a symlink that leads out`)
        symlinkSync(target, copy)
      } else {
        copyOne(source, copy)
        if (mode !== undefined) chmodSync(copy, mode)
        utimesSync(copy, stats.atimeMs / 1_000, stats.mtimeMs / 1_000)
        files++
      }
      if (++entries % atOnce === 0) {
        await new Promise((resolve) => setImmediate(resolve))
        signal.throwIfAborted()
      }
    }
  }
  await folder('')
  return files
}

/** A file system that can share the blocks of both does so. */
function copyOne(source: string, copy: string): void {
  try {
    copyFileSync(source, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    // Of two paths the error does not say which one it is about; a full volume is the copy's fault.
    throw systemCode(error) === 'EACCES' ? asInputError(source, error) : error
  }
}
