import { lchownSync, lstatSync, readlinkSync, symlinkSync } from 'node:fs'
import { OutputError, systemCode } from '../errors/errors.ts'
import { formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import { openDestination } from './destination.ts'
import { Folder } from './folder.ts'
import { removeEntry } from './leftovers.ts'
import { asOutputError, writing } from './output-error.ts'
import { replaceFolder } from './replace-folder.ts'
import type { Published } from './staged-file.ts'
import { stagingName } from './staging-name.ts'
import { walk } from './walk.ts'

/** Makes a folder with those on the way, or gives one that is there the mode that is asked for. Throws OutputError. */
export function publishFolder(to: OutputPath, mode?: number): Published['status'] {
  if (to.path === '.') return setMode(to, openFolder(to), mode)
  const { folder: parent, name } = openDestination(to)
  try {
    const isThere = lstatSync(parent.at(name), { throwIfNoEntry: false }) !== undefined
    if (isThere) return setMode(to, openFolder(to), mode)
    writing(to, () => {
      parent.make(name, parent.modeFor(mode)).close()
      parent.sync()
    })
    return 'written'
  } catch (error) {
    throw asOutputError(to, error)
  } finally {
    parent.close()
  }
}

/** A folder that hands its group on keeps doing so. */
function setMode(to: OutputPath, folder: Folder, mode: number | undefined): Published['status'] {
  try {
    const now = folder.permissions()
    if (mode === undefined || (now & 0o777) === mode) return 'unchanged'
    writing(to, () => folder.chmod((now & 0o7000) | mode))
    return 'written'
  } finally {
    folder.close()
  }
}

/** Makes a symlink with this target, whatever that is, or points one that is there to it by one rename. Throws OutputError. */
export function publishSymlink(to: OutputPath, target: string): Published['status'] {
  const { folder, name } = openDestination(to)
  try {
    const entry = writing(to, () => lstatSync(folder.at(name), { throwIfNoEntry: false }))
    if (entry?.isSymbolicLink() && readlinkSync(folder.at(name)) === target) return 'unchanged'
    if (entry !== undefined && !entry.isSymbolicLink())
      throw new OutputError(`cannot link ${formatOutputPath(to)}: there is something else of that name`)
    const staging = stagingName('file', name)
    writing(to, () => symlinkSync(target, folder.at(staging)))
    try {
      replaceFolder({ to, folder, name }, staging)
    } catch (error) {
      removeEntry(folder, staging)
      throw error
    }
    writing(to, () => folder.sync())
    return 'written'
  } finally {
    folder.close()
  }
}

/** Opens a folder of the volume as it is walked to for an output, making what is missing. Throws OutputError. */
export function openFolder(to: OutputPath): Folder {
  return writing(to, () => walk(to, to.path === '.' ? [] : to.path.split('/')))
}

/** Opens a folder that is there without making anything; undefined when it is not, or not without following symlinks. */
export function findFolder({ root, path }: OutputPath): Folder | undefined {
  let folder = Folder.open(root)
  for (const name of path === '.' ? [] : path.split('/')) {
    try {
      const next = Folder.open(folder.at(name))
      folder.close()
      folder = next
    } catch (error) {
      folder.close()
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return undefined
      throw error
    }
  }
  return folder
}

/** Gives an entry, and all below it, an owner; never through a symlink. Returns how many had another one. */
export function changeOwner(parent: Folder, name: string, uid: number, gid: number): number {
  const entry = lstatSync(parent.at(name))
  let changed = 0
  if (entry.uid !== uid || entry.gid !== gid) {
    lchownSync(parent.at(name), uid, gid)
    changed++
  }
  if (!entry.isDirectory()) return changed
  const folder = Folder.open(parent.at(name))
  try {
    for (const child of folder.names()) changed += changeOwner(folder, child, uid, gid)
    return changed
  } finally {
    folder.close()
  }
}
