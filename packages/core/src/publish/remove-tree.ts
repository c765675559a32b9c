import { chmodSync, renameSync, rmdirSync, unlinkSync } from 'node:fs'
import { systemCode } from '../errors/errors.ts'
import { Folder } from './folder.ts'

/** Entries removed before signals and timers get their turn. */
const AT_ONCE = 500

/**
 * Removes whatever `entry` is, with all below it. Each folder is entered by descriptor and never through a symlink, so
 * that swapping one in meanwhile removes nothing elsewhere (CVE-2022-21658). Folders met on the way are moved up to the
 * top and emptied there: neither descriptors nor stack grow with the depth.
 */
export async function removeTree(parent: Folder, entry: string | Buffer): Promise<void> {
  let removed = 0
  for (const _ of removal(parent, entry))
    if (++removed % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
}

/** `removeTree` for cleaning up, which never fails a run; what stays is a leftover for the next. */
export async function removeQuietly(parent: Folder, entry: string | Buffer): Promise<void> {
  await removeTree(parent, entry).catch(() => undefined)
}

function* removal(parent: Folder, entry: string | Buffer): Generator<void> {
  if (removedAsFile(parent, entry)) return
  const top = openWritable(parent, entry)
  try {
    for (let names = top.rawNames(); names.length > 0; names = top.rawNames())
      for (const name of names) {
        if (!removedAsFile(top, name)) yield* emptying(top, name)
        yield
      }
  } finally {
    top.close()
  }
  rmdirSync(parent.at(entry))
}

function* emptying(top: Folder, name: Buffer): Generator<void> {
  const folder = openWritable(top, name)
  try {
    for (const child of folder.rawNames()) {
      if (!removedAsFile(folder, child)) {
        // A folder must be writable itself to change its parent.
        openWritable(folder, child).close()
        renameSync(folder.at(child), top.at(Math.random().toString(36)))
      }
      yield
    }
  } finally {
    folder.close()
  }
  rmdirSync(top.at(name))
}

function removedAsFile(folder: Folder, name: string | Buffer): boolean {
  try {
    unlinkSync(folder.at(name))
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return true
    // A folder: Linux says EISDIR, POSIX and macOS say EPERM.
    if (code === 'EISDIR' || code === 'EPERM') return false
    throw error
  }
}

/** Opens the folder `name`, which may have been unpacked with a mode that lets nobody in. */
function openWritable(parent: Folder, name: string | Buffer): Folder {
  const folder = Folder.open(parent.at(name))
  try {
    if ((folder.stat().mode & 0o700) !== 0o700) chmodSync(folder.path, 0o700)
    return folder
  } catch (error) {
    folder.close()
    throw error
  }
}
