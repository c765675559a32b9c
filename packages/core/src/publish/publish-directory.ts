import { lstatSync } from 'node:fs'
import { OutputError, systemCode } from '../errors/errors.ts'
import { formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import { cleanFolder } from './clean-folder.ts'
import { openDestination, type Destination } from './destination.ts'
import type { Folder } from './folder.ts'
import { keepTouching } from './leftovers.ts'
import { asOutputError, writing } from './output-error.ts'
import { removeQuietly } from './remove-tree.ts'
import { replaceFolder, replaceWithLink } from './replace-folder.ts'
import { stagingName } from './staging-name.ts'

export type DirectoryOptions = {
  readonly signal?: AbortSignal | undefined
  /**
   * Permission bits of the folder itself and of those on the way, 0755 by default (below a set-gid folder 2775, and 2750
   * where 0750 is asked for); what is in it has the modes that `fill` gives.
   */
  readonly mode?: number | undefined
  /** Publish as a symlink to a versioned folder beside it: replacing is atomic too, for those who read all the time. */
  readonly link?: boolean
}

/**
 * Publishes a whole folder: `fill` makes its content below the path it is given, then it takes the place of what is at
 * `to` (never merged with it). What it guarantees:
 * - A reader finds the old folder or the new one, never a mixture. Where there was none, or an empty one, or with `link`,
 *   that is one rename. Otherwise it is two (Node has no RENAME_EXCHANGE): for microseconds a reader can find nothing,
 *   and a run killed just then leaves nothing, until the next run puts the old folder back before it begins.
 * - When it throws or is aborted, the old folder is as it was and what was filled is removed (a tree so big that the
 *   process must end before that is through is a leftover, which the next run removes).
 * - Of several runs at once, one wins as a whole.
 * - With `link`, the version before stays until the next publish, for those who are still reading it.
 * The renames are on disk when it returns; whether the files are is up to `fill` (after a crash of the node the init
 * containers run again anyway). `fill` gets a path that is good in this process only, and must stop at `signal` by itself.
 * A symlink at `to` is replaced, never followed. Throws OutputError, and what `fill` throws.
 */
export async function publishDirectory<Result>(
  to: OutputPath,
  fill: (staging: string) => Promise<Result>,
  { signal, mode, link = false }: DirectoryOptions = {},
): Promise<Result> {
  const destination = openDestination(to, mode)
  const { folder, name } = destination
  const staging = stagingName('long', name)
  try {
    refuseFile(destination)
    await cleanFolder(folder, [name])
    const result = await fillTree(destination, staging, fill, { signal, mode })
    const replaced = link ? replaceWithLink(destination, staging) : replaceFolder(destination, staging)
    writing(to, () => folder.sync())
    for (const old of replaced) await removeQuietly(folder, old)
    return result
  } catch (error) {
    await removeQuietly(folder, staging)
    throw error
  } finally {
    folder.close()
  }
}

export function refuseFile({ to, folder, name }: Destination): void {
  const entry = writing(to, () => lstatSync(folder.at(name), { throwIfNoEntry: false }))
  if (entry !== undefined && !entry.isDirectory() && !entry.isSymbolicLink())
    throw new OutputError(`cannot write ${formatOutputPath(to)}: there is a file of that name where a folder should be`)
}

/** Makes the tree under the name `staging`, down to the disk. Throws OutputError, and what `fill` throws. */
export async function fillTree<Result>(
  { to, folder }: Pick<Destination, 'to' | 'folder'>,
  staging: string,
  fill: (staging: string) => Promise<Result>,
  { signal, mode }: Pick<DirectoryOptions, 'signal' | 'mode'>,
): Promise<Result> {
  const permissions = folder.modeFor(mode)
  // `fill` needs the owner's rights, whatever the folder has in the end.
  const tree = writing(to, () => folder.make(staging, permissions | 0o700))
  const stopTouching = keepTouching(() => tree.chmod(tree.permissions()))
  try {
    const result = await fill(tree.path)
    signal?.throwIfAborted()
    writing(to, () => {
      tree.chmod(permissions)
      tree.sync()
    })
    return result
  } catch (error) {
    throw failedIn(tree, error) ? asOutputError(to, error) : error
  } finally {
    stopTouching()
    tree.close()
  }
}

/** Whether a system call of `fill` failed because of where it writes, not because of what it reads. */
function failedIn(tree: Folder, error: unknown): boolean {
  if (['ENOSPC', 'EDQUOT', 'EROFS'].includes(systemCode(error) ?? '')) return true
  const places = error instanceof Error ? Object.entries(error).filter(([key]) => key === 'path' || key === 'dest') : []
  return places.some(([, place]) => typeof place === 'string' && `${place}/`.startsWith(`${tree.path}/`))
}
