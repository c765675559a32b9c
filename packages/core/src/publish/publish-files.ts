import { OutputError, systemCode, UsageError } from '../errors/errors.ts'
import { formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import { commit } from './commit.ts'
import { withDestinations } from './destination.ts'
import { removeDeadFiles } from './leftovers.ts'
import {
  bytesOf,
  differs,
  type FileContent,
  type Output,
  type Published,
  type StagedFile,
  writeNewFiles,
} from './staged-file.ts'
import { stagingName } from './staging-name.ts'

export type FilesOptions = {
  /** Permission bits of folders made on the way, 0755 by default; below a set-gid folder 2775, or 2750 for 0750. */
  readonly folderMode?: number | undefined
}

/** Rounds against other runs that publish the same files at the same moment; a round takes milliseconds. */
const ROUNDS = 50

/**
 * Publishes small files together. What it guarantees:
 * - A reader of one file sees the old content or the new, never a part, whatever happens to this run.
 * - When it returns, all files are as asked and on disk. When it throws, all are as they were, but for folders made on
 *   the way, and for a disk that fails in the fsync after the last rename. In between, the renames follow each other
 *   within microseconds, and a reader can find some files new and some old.
 * - A run that is killed between two renames leaves that mixture; the same run again makes it whole.
 * - Of several runs at once on the same files, one wins with its whole set, once the last of them has returned.
 * A symlink at a destination is replaced, never followed. Throws OutputError, and UsageError for outputs that exclude
 * each other.
 */
export async function publishFiles(
  outputs: readonly Output[],
  { folderMode }: FilesOptions = {},
): Promise<Published[]> {
  if (outputs.length > 1) refuseConflicts(outputs.map(({ to }) => to))
  const items = outputs.map(({ to, content, mode }) => ({ to, mode, bytes: bytesOf(content) }))
  const written = new Set<OutputPath>()
  for (let round = 1; ; round++) {
    const settled = await withDestinations(
      items,
      async (files) => {
        if (round === 1) cleanUp(files)
        return settle(files, written)
      },
      folderMode,
    )
    if (settled) break
    if (round === ROUNDS) throw new OutputError(`cannot write ${list(outputs)}: others keep changing or removing them`)
    await pause()
  }
  return outputs.map(({ to }) => ({ to, status: written.has(to) ? 'written' : 'unchanged' }))
}

function cleanUp(files: readonly FileContent[]): void {
  for (const [folder, group] of Map.groupBy(files, (file) => file.folder)) {
    const names = group.map(({ name }) => name)
    removeDeadFiles(folder, names)
  }
}

/**
 * Writes what differs. True when the destinations then hold our set, or nothing of it because another run's came later.
 * A mixture means that the renames of two runs fell between each other: whoever renamed last is sure to see it, and
 * goes another round.
 */
async function settle(files: readonly FileContent[], written: Set<OutputPath>): Promise<boolean> {
  const changed = files.filter(differs)
  if (changed.length === 0) return true
  if (!(await replace(changed))) return false
  for (const { to } of changed) written.add(to)
  if (files.length === 1) return true
  const overwritten = files.filter(differs).length
  return overwritten === 0 || overwritten === files.length
}

/** False when a staging file or a folder was removed under our hands: all is as before and can be tried again. */
async function replace(files: readonly FileContent[]): Promise<boolean> {
  const staged: StagedFile[] = files.map((file) => ({ ...file, staging: stagingName('file', file.name) }))
  try {
    await writeNewFiles(staged.map((file) => ({ ...file, name: file.staging })))
    commit(staged)
    return true
  } catch (error) {
    if (error instanceof OutputError && systemCode(error.cause) === 'ENOENT') return false
    throw error
  }
}

/** Up to 20 ms, so that runs that met do not meet again. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 19))
}

/** Throws UsageError for outputs that exclude each other. */
export function refuseConflicts(paths: readonly OutputPath[]): void {
  const seen = new Map<string, OutputPath>()
  for (const to of paths) {
    const absolute = to.root === '/' ? `/${to.path}` : `${process.cwd()}/${to.path}`
    if (seen.has(absolute)) throw new UsageError(`two outputs go to ${formatOutputPath(to)}`)
    seen.set(absolute, to)
  }
  for (const [absolute, to] of seen)
    for (let end = absolute.lastIndexOf('/'); end > 0; end = absolute.lastIndexOf('/', end - 1)) {
      const file = seen.get(absolute.slice(0, end))
      if (file === undefined) continue
      throw new UsageError(`${formatOutputPath(file)} cannot be a file and the folder of ${formatOutputPath(to)}`)
    }
}

function list(outputs: readonly Output[]): string {
  return outputs.map(({ to }) => formatOutputPath(to)).join(', ')
}
