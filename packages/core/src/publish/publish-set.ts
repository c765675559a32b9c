import { linkSync, renameSync, unlinkSync } from 'node:fs'
import { RefusedError, systemCode } from '../errors/errors.ts'
import type { OutputPath } from '../values/relative-path.ts'
import { cleanFolder } from './clean-folder.ts'
import { type Destination, openDestination, replaceable } from './destination.ts'
import { Flushes } from './flushes.ts'
import type { Folder } from './folder.ts'
import { deadStagings, isForgotten, quietly } from './leftovers.ts'
import { writing } from './output-error.ts'
import { shortHash } from './owner.ts'
import { refuseConflicts } from './publish-files.ts'
import { removeQuietly } from './remove-tree.ts'
import { replaceFolder, replaceWithLink } from './replace-folder.ts'
import { Slot } from './slot.ts'
import { type Staging, stagingName } from './staging-name.ts'

export type SetOptions = {
  readonly signal: AbortSignal
  /** Permission bits of folders, see `DirectoryOptions`. */
  readonly mode?: number | undefined
  /** Folders are published as symlinks to versioned folders beside them, see `DirectoryOptions`. */
  readonly link?: boolean
}

/**
 * Publishes big files and folders together: `fill` makes each in its slot, and when it is through they take their places,
 * one rename after the other within microseconds, all or none. A reader of one of them finds the old or the new, as with
 * `publishStream` and `publishDirectory`, and can for that moment find some new and some old. When `fill` throws or
 * `signal` is aborted, all is as it was; what was opened with `resume` is kept for the next run, but not after a RefusedError. A run that is killed between two renames leaves the mixture that the next one repairs. Throws OutputError,
 * UsageError for outputs that exclude each other, and what `fill` throws.
 */
export async function publishSet<Result>(
  outputs: readonly OutputPath[],
  fill: (slots: readonly Slot[]) => Promise<Result>,
  { signal, mode, link = false }: SetOptions,
): Promise<Result> {
  if (outputs.length > 1) refuseConflicts(outputs)
  const folders = new Map<string, Folder>()
  const slots = new Map<OutputPath, Slot>()
  const flushes = new Flushes()
  const left: { readonly folder: Folder; readonly dead: readonly Staging[] }[] = []
  let keep = true
  try {
    const destinations = outputs.map((to) => openDestination(to, mode, folders))
    for (const [folder, group] of Map.groupBy(destinations, (each) => each.folder)) {
      const dead = await clean(folder, group)
      left.push({ folder, dead })
      for (const destination of group) slots.set(destination.to, new Slot(destination, dead, mode, flushes))
    }
    const inOrder = outputs.flatMap((to) => slots.get(to) ?? [])
    const result = await fill(inOrder)
    await flushes.end()
    signal.throwIfAborted()
    const replaced = commitSlots(inOrder, link)
    for (const folder of folders.values()) folder.sync()
    for (const { folder, entry } of replaced) await removeQuietly(folder, entry)
    // What an earlier run left and nobody took: it was of something else.
    for (const { folder, dead } of left) for (const { entry } of dead) await removeQuietly(folder, entry)
    return result
  } catch (error) {
    keep = !(error instanceof RefusedError)
    throw error
  } finally {
    await flushes.end().catch(() => undefined)
    for (const slot of slots.values()) await slot.discard(keep)
    for (const folder of folders.values()) folder.close()
  }
}

/** Removes what dead runs left in the folder, puts back what they had just moved aside, and returns what can be gone on with. */
async function clean(folder: Folder, destinations: readonly Destination[]): Promise<Staging[]> {
  const byHash = new Map(destinations.map(({ name }) => [shortHash(name), name]))
  const names = [...byHash.values()]
  const kept: Staging[] = []
  const whole: Staging[] = []
  const dead = quietly(() => deadStagings(folder, names)) ?? []
  const noted = new Set(dead.filter(({ kind }) => kind === 'note').map(({ destination }) => destination))
  for (const staging of dead) {
    const { entry, kind } = staging
    const name = byHash.get(staging.destination)
    if (kind !== 'partial' && kind !== 'note' && kind !== 'tree') whole.push(staging)
    else if (name !== undefined && noted.has(staging.destination)) kept.push(staging)
    else if (name !== undefined || isForgotten(folder, entry)) await removeQuietly(folder, entry)
  }
  await cleanFolder(folder, names, whole)
  return kept
}

type Replaced = { readonly folder: Folder; readonly entry: string }

/** Renames all to their places, or, when one cannot be, none; returns what they replaced, to be removed. */
function commitSlots(slots: readonly Slot[], link: boolean): Replaced[] {
  const replaced: Replaced[] = []
  const undo: (() => void)[] = []
  try {
    for (const slot of slots) {
      if (slot.made === undefined) continue
      const old = slot.made.kind === 'file' ? placeFile(slot, slots.length > 1, undo) : placeFolder(slot, link, undo)
      replaced.push(...old.map((entry) => ({ folder: slot.destination.folder, entry })))
    }
  } catch (error) {
    for (const step of undo.toReversed()) quietly(step)
    throw error
  }
  for (const slot of slots) slot.published()
  return replaced
}

function placeFile({ destination, made }: Slot, several: boolean, undo: (() => void)[]): string[] {
  const { to, folder, name } = destination
  const there = replaceable(destination)
  let kept: string | undefined
  if (several && there !== undefined) {
    const aside = stagingName('old', name)
    kept = aside
    // A hard link keeps the old file where readers look; a file system without them has it moved aside for a moment.
    writing(to, () => {
      try {
        linkSync(folder.at(name), folder.at(aside))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') renameSync(folder.at(name), folder.at(aside))
      }
    })
    undo.push(() => renameSync(folder.at(aside), folder.at(name)))
  }
  writing(to, () => renameSync(folder.at(made?.staging ?? ''), folder.at(name)))
  if (kept === undefined) undo.push(() => unlinkSync(folder.at(name)))
  return kept === undefined ? [] : [kept]
}

function placeFolder({ destination, made }: Slot, link: boolean, undo: (() => void)[]): string[] {
  const { folder, name } = destination
  const staging = made?.staging ?? ''
  const replaced = link ? replaceWithLink(destination, staging) : replaceFolder(destination, staging)
  const old = replaced.at(-1)
  undo.push(() => {
    if (link) unlinkSync(folder.at(name))
    else renameSync(folder.at(name), folder.at(staging))
    if (old !== undefined) renameSync(folder.at(old), folder.at(name))
  })
  return replaced
}
