import { readlinkSync, renameSync } from 'node:fs'
import type { Folder } from './folder.ts'
import { deadStagings, quietly } from './leftovers.ts'
import { shortHash } from './owner.ts'
import { removeQuietly } from './remove-tree.ts'

/**
 * Removes what killed runs left in `folder`, for a run that publishes to `names` in it: files and folders that were in the
 * making for anybody, old folders and versions of these names only. Before that, what a run had just moved aside when it
 * was killed is put back.
 */
export async function cleanFolder(
  folder: Folder,
  names: readonly string[],
  dead = quietly(() => deadStagings(folder, names)) ?? [],
): Promise<void> {
  const byHash = new Map(names.map((name) => [shortHash(name), name]))
  for (const { entry, kind, destination } of dead) {
    const name = byHash.get(destination)
    if (kind === 'old' && name !== undefined && !folder.has(name))
      quietly(() => renameSync(folder.at(entry), folder.at(name)))
  }
  for (const { entry, kind, destination } of dead) {
    const name = byHash.get(destination)
    const isCurrent = name !== undefined && quietly(() => readlinkSync(folder.at(name))) === entry
    if (!isCurrent && (kind === 'file' || kind === 'long' || name !== undefined)) await removeQuietly(folder, entry)
  }
}
