import { existsSync, lstatSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import {
  asInputError,
  NotFoundError,
  type OutputPath,
  parseOutputPath,
  formatOutputPath,
  RefusedError,
  UsageError,
} from '@initbox/core'
import { isPattern, partPattern } from '../glob.ts'
import type { Copy } from '../plan.ts'

/** One file or folder to copy; `folder` is where it really lies. */
export type Source = { readonly path: string; readonly stats: Stats; readonly to: OutputPath }

/** What a copy names: one thing, or all that its pattern matches, which then lie in `to`. Throws NotFoundError, UsageError. */
export function sourcesOf({ from, to }: Copy): Source[] {
  if (!isPattern(from)) return [sourceOf(from, to)]
  // `* -> backup` finds its own backup when it runs again.
  const own = statIfAny(formatOutputPath(to))
  const found = matches(from).filter((path) => own === undefined || !isSame(statOf(path), own))
  if (found.length === 0)
    throw new NotFoundError(`nothing matches ${from}`, { hint: 'is the right volume mounted there?' })
  return found.map((path) => sourceOf(path, parseOutputPath(`${formatOutputPath(to)}/${basename(path)}`)))
}

/** A folder that was copied into itself would find its copy, and that one's copy, until a name is too long. */
function sourceOf(path: string, to: OutputPath): Source {
  const stats = statOf(path)
  let above = resolve(formatOutputPath(to))
  while (stats.isDirectory() && above !== '/') {
    above = dirname(above)
    const folder = statIfAny(above)
    if (folder !== undefined && isSame(folder, stats))
      throw new UsageError(`cannot copy ${path} into itself: ${formatOutputPath(to)} lies in it`, {
        hint: 'name the folders that are to be copied, or a place outside',
      })
  }
  return { path: currentVersion(path), stats, to }
}

/** Nothing where the way is no folder or a loop of symlinks: who writes there says so. */
function statIfAny(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** By device and inode, so that a symlink and a second mount of a folder count as that folder. */
function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

/**
 * Of a ConfigMap, Secret or downwardAPI mount the version that is current now, so that all files are of one version even
 * when the kubelet brings a new one meanwhile (kubernetes/pkg/volume/util/atomic_writer.go).
 */
export function currentVersion(folder: string): string {
  const version = join(folder, '..data')
  return existsSync(version) ? realpathSync(version) : folder
}

/** Names in a folder that are there to be copied, in order; those that begin with two dots are the kubelet's own. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('..'))
      .toSorted()
  } catch (error) {
    throw asInputError(folder, error)
  }
}

/** Follows symlinks: what a user names is what it leads to. */
function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    throw asInputError(path, error)
  }
}

/** What a name in a folder is, a symlink as such; undefined when it has gone meanwhile. */
export function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw asInputError(path, error)
  }
}

function matches(pattern: string): string[] {
  const folder = dirname(pattern)
  const last = partPattern(basename(pattern))
  const folders = isPattern(folder) ? matches(folder) : [folder]
  return folders
    .filter((each) => statSync(each, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((each) =>
      namesIn(each)
        .filter((name) => last.test(name))
        .map((name) => join(each, name)),
    )
}

/** What a tree may hold: files, folders, and symlinks that stay in it. Throws RefusedError for all else. */
export function kindOf(path: string, stats: Stats): 'file' | 'folder' | 'link' {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isSymbolicLink()) return 'link'
  throw new RefusedError(`cannot copy ${path}: it is a device, pipe or socket`)
}

/** Whether a symlink at `path` below the top of a tree leads to something in it. */
export function staysWithin(path: string, target: string): boolean {
  if (target.startsWith('/')) return false
  let depth = path.split('/').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return false
  }
  return true
}
