import { lstatSync, readlinkSync, renameSync } from 'node:fs'
import type { Destination } from './destination.ts'
import { deadStagings, quietly } from './leftovers.ts'
import { shortHash } from './owner.ts'
import { removeQuietly } from './remove-tree.ts'

/**
 * Removes what killed runs left beside the destination: files and folders that were in the making for anybody, old folders
 * and versions of this destination only. Before that, an old folder whose run was killed when it had just moved it
 * aside is put back.
 */
export async function cleanFolder({ folder, name }: Destination): Promise<void> {
  const ours = shortHash(name)
  const dead = (quietly(() => deadStagings(folder, [name])) ?? []).filter(
    ({ kind, destination }) => kind === 'file' || kind === 'long' || destination === ours,
  )
  const old = dead.find(({ kind }) => kind === 'old')
  if (old !== undefined && lstatSync(folder.at(name), { throwIfNoEntry: false }) === undefined)
    quietly(() => renameSync(folder.at(old.entry), folder.at(name)))
  const current = quietly(() => readlinkSync(folder.at(name)))
  for (const { entry } of dead) if (entry !== current) await removeQuietly(folder, entry)
}
