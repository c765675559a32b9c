import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { OutputError, systemCode } from '../errors/errors.ts'
import { formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import { Folder } from './folder.ts'

/** As many symlinks as Linux follows in one path, path_resolution(7). */
const MOST_LINKS = 40

/**
 * Opens the folder `parents` of `to` one component at a time and makes what is missing, with these permission bits. Below the volume no symlink is
 * followed, wherever it leads. On the way of an absolute path those of the image itself are (`/var/run -> /run`): the
 * symlink and all folders down to it belong to root, nobody else can write there, and they lie in the file system of
 * `/`, not in a volume. Throws OutputError, or the error of a system call.
 */
export function walk(to: OutputPath, parents: readonly string[], folderMode?: number): Folder {
  const ahead = [...parents]
  const behind: string[] = []
  let links = 0
  let folder = Folder.open(to.root)
  try {
    const { dev } = folder.stat()
    let ofImage = to.root === '/'
    for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
      ofImage &&= isOnlyRoots(folder.stat(), dev)
      const next = step(to, folder, name, ofImage, folderMode)
      if (next instanceof Folder) {
        folder.close()
        folder = next
        behind.push(name)
        continue
      }
      if (++links > MOST_LINKS)
        throw new OutputError(`cannot write ${formatOutputPath(to)}: too many symlinks on the way`)
      ahead.unshift(...resolve(behind, next))
      behind.length = 0
      ofImage = true
      const start = Folder.open('/')
      folder.close()
      folder = start
    }
    return folder
  } catch (error) {
    folder.close()
    throw error
  }
}

/** Enters the folder `name`, making it when it is missing; or says where the symlink of that name leads, if it may. */
function step(to: OutputPath, folder: Folder, name: string, ofImage: boolean, mode?: number): Folder | string {
  try {
    return Folder.open(folder.at(name))
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') {
      const made = folder.make(name, folder.modeFor(mode))
      folder.sync()
      return made
    }
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error
    const entry = lstatSync(folder.at(name))
    const isLink = entry.isSymbolicLink()
    if (isLink && ofImage && entry.uid === 0) return readlinkSync(folder.at(name))
    const kind = isLink ? 'a symlink' : 'not a folder'
    throw new OutputError(`cannot write ${formatOutputPath(to)}: '${name}' on the way is ${kind}`, {
      hint: isLink ? 'an output never goes through one; name the real folder' : undefined,
      cause: error,
    })
  }
}

function isOnlyRoots(folder: Stats, image: number): boolean {
  return folder.uid === 0 && (folder.mode & 0o022) === 0 && folder.dev === image
}

/** `behind` holds no symlink any more, so `..` can be taken as text. */
function resolve(behind: readonly string[], target: string): string[] {
  const parts = target.startsWith('/') ? [] : [...behind]
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts
}
