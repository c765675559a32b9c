import { renameSync, symlinkSync } from 'node:fs'
import { systemCode } from '../errors/errors.ts'
import type { Destination } from './destination.ts'
import { quietly, removeEntry } from './leftovers.ts'
import { asOutputError, writing } from './output-error.ts'
import { stagingName } from './staging-name.ts'

/** Tries against other runs that publish the same folder; one try is lost to each of them at most. */
const TRIES = 1000

/** What rename(2) says when the destination must get out of the way first: a folder that is not empty, or a symlink. */
const inTheWay = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR'])

/**
 * Renames `entry` to the destination, and returns the names that what it replaced now has, to be removed. When it cannot
 * be done the old one is put back. Throws OutputError.
 */
export function replaceFolder({ to, folder, name }: Destination, entry: string): string[] {
  const replaced: string[] = []
  for (let tries = 1; ; tries++) {
    try {
      renameSync(folder.at(entry), folder.at(name))
      return replaced
    } catch (error) {
      if (tries === TRIES || !inTheWay.has(systemCode(error) ?? '')) {
        const old = replaced.at(-1)
        if (old !== undefined) quietly(() => renameSync(folder.at(old), folder.at(name)))
        throw asOutputError(to, error)
      }
    }
    const old = stagingName('old', name)
    try {
      renameSync(folder.at(name), folder.at(old))
      replaced.push(old)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw asOutputError(to, error)
    }
  }
}

/** The same with a symlink at the destination, which points to the staged folder under a name that stays. */
export function replaceWithLink(destination: Destination, staging: string): string[] {
  const { to, folder, name } = destination
  const version = stagingName('version', name)
  const link = stagingName('long', name)
  writing(to, () => renameSync(folder.at(staging), folder.at(version)))
  try {
    writing(to, () => symlinkSync(version, folder.at(link)))
    return replaceFolder(destination, link)
  } catch (error) {
    removeEntry(folder, link)
    quietly(() => renameSync(folder.at(version), folder.at(staging)))
    throw error
  }
}
