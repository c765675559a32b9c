import { closeSync, constants, lstatSync, fstatSync, openSync, unlinkSync } from 'node:fs'
import type { Folder } from './folder.ts'
import { isThisProcess, shortHash, stateOf, thisOwner } from './owner.ts'
import { parseStagingName, stagingName, type Staging } from './staging-name.ts'

/** How often something that is long in the making shows that its owner is alive, in milliseconds. */
const TOUCH_EVERY = 10_000

/** After how long without a touch the owner is taken for dead, in milliseconds, where the process cannot be seen. */
const SILENT_FOR = {
  file: 1_000,
  long: 60_000,
  old: 60_000,
  version: 60_000,
  partial: 60_000,
  tree: 60_000,
  note: 60_000,
} as const

/** Milliseconds. */
const KEPT_FOR = 24 * 3_600_000

/** What is there when the publishing that made it is over. */
const outlives: ReadonlySet<Staging['kind']> = new Set(['version', 'partial', 'tree', 'note'])

/**
 * The staging names in `folder` whose owner is dead, for a run that publishes to `names` in it:
 * 1. a process that we could see, and that is gone;
 * 2. of another container with our host name and one of our destinations: the run before us in this Pod, since the
 *    kubelet starts a container again only after it ended;
 * 3. of any other container (a volume shared by several Pods): silent for longer than a living one ever is.
 */
export function deadStagings(folder: Folder, names: readonly string[], clock = () => volumeTime(folder)): Staging[] {
  const stagings = folder.names().flatMap((entry) => parseStagingName(entry) ?? [])
  if (stagings.length === 0) return []
  const { host } = thisOwner()
  const destinations = new Set(names.map(shortHash))
  let now: number | undefined
  return stagings.flatMap((staging) => {
    const state = stateOf(staging.owner)
    if (state === 'dead') return [staging]
    // A living process is done with its own version of a linked folder as soon as it publishes the next, and with what
    // it could not finish as soon as it tries again.
    if (state === 'alive') return outlives.has(staging.kind) && isThisProcess(staging.owner) ? [staging] : []
    if (staging.owner.host === host && destinations.has(staging.destination)) return [staging]
    const status = lstatSync(folder.at(staging.entry), { throwIfNoEntry: false })
    if (status === undefined) return []
    now ??= clock()
    return now - status.ctimeMs > SILENT_FOR[staging.kind] ? [staging] : []
  })
}

/**
 * Removes the files that killed runs left in `folder`, for a run that publishes to `names` in it; trees are left to the
 * next run that publishes a folder there. With `resume` partial files of these names are kept, to go on with. What cannot
 * be removed (another owner's, read-only) harms nobody and stays.
 */
export function removeDeadFiles(folder: Folder, names: readonly string[], resume = false): void {
  const ours = new Set(resume ? [] : names.map(shortHash))
  for (const { entry, kind, destination } of quietly(() => deadStagings(folder, names)) ?? []) {
    const isPartial = (kind === 'partial' || kind === 'note') && (ours.has(destination) || isForgotten(folder, entry))
    if (kind === 'file' || kind === 'long' || isPartial) removeEntry(folder, entry)
  }
}

/** Nobody goes on with a partial file after a day. */
export function isForgotten(folder: Folder, entry: string): boolean {
  const status = lstatSync(folder.at(entry), { throwIfNoEntry: false })
  return status !== undefined && Date.now() - status.mtimeMs > KEPT_FOR
}

/** Removes one file or symlink, if it is there and can be removed. */
export function removeEntry(folder: Folder, entry: string): void {
  quietly(() => unlinkSync(folder.at(entry)))
}

/** The clock that stamps this folder's files (a file server's may differ from ours), in milliseconds. */
function volumeTime(folder: Folder): number {
  const probe = folder.at(stagingName('file', ''))
  try {
    const fd = openSync(probe, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
    try {
      return fstatSync(fd).ctimeMs
    } finally {
      closeSync(fd)
      unlinkSync(probe)
    }
  } catch {
    return Date.now()
  }
}

/** Cleaning up never fails a run. */
export function quietly<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

/** Calls `touch` (a chmod to the mode that it has) every few seconds until the returned function is called. */
export function keepTouching(touch: () => void): () => void {
  const timer = setInterval(() => quietly(touch), TOUCH_EVERY)
  timer.unref()
  return () => clearInterval(timer)
}
