import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asInputError, RefusedError } from '@initbox/core'

/** More than this is no folder of templates. */
const most = 10_000

/**
 * The folder to read from: of a ConfigMap, Secret or downwardAPI mount the version that is current now, so that all
 * files are of one version even when the kubelet brings a new one meanwhile (kubernetes/pkg/volume/util/atomic_writer).
 */
export function currentVersion(folder: string): string {
  const version = join(folder, '..data')
  return realpathSync(existsSync(version) ? version : folder)
}

/** The paths of all files below a folder, in order; `..2026_01_01` and the like are the kubelet's own.
 * Throws RefusedError when there are too many, and what reading a folder throws. */
export function filesBelow(folder: string, prefix = '', found: string[] = []): string[] {
  for (const entry of entriesOf(join(folder, prefix)).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('..')) continue
    const path = join(prefix, entry.name)
    if (entry.isDirectory()) filesBelow(folder, path, found)
    else if (entry.isSymbolicLink() && isFolder(join(folder, path))) {
      throw new RefusedError(`${join(folder, path)} is a symbolic link to a folder, and those are not followed`)
    } else found.push(path)
    if (found.length > most) throw new RefusedError(`${folder} holds more than ${most} files`)
  }
  return found
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw asInputError(folder, error)
  }
}
