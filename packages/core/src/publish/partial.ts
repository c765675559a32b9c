import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { readText } from '../files/input-file.ts'
import type { Destination } from './destination.ts'
import { deadStagings, quietly, removeEntry } from './leftovers.ts'
import { shortHash } from './owner.ts'
import { createStaging } from './staged-file.ts'
import { type Staging, stagingName } from './staging-name.ts'

const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants

/** What a run finds of a file that an earlier one could not finish, and leaves for the next. */
export type Partial = {
  /** Bytes that are there. After a crash of the node itself some of them may be zero: check the whole. */
  readonly size: number
  /** What the earlier run noted, such as the ETag that these bytes are a part of; undefined when nothing is there. */
  readonly note: string | undefined
  /** Empties the file, and notes for the next run what is going to be in it. */
  readonly restart: (note: string) => void
  /** Notes something else of the same bytes; not shorter than before, so that who is killed meanwhile leaves a whole note. */
  readonly renote: (note: string) => void
}

/** An open staging file; `end` closes it, and keeps it with its note for the next run or takes away both. */
export type OpenPartial = {
  readonly fd: number
  readonly staging: string
  readonly partial: Partial
  /** Takes away what is there under staging names. */
  readonly forget: () => void
  readonly end: (keep: boolean) => void
}

const noteLimit = 64 * 1_024

/** Begins a file that no other run can go on with. Throws the error of a system call. */
export function openStream(destination: Destination): OpenPartial {
  const { folder, name } = destination
  const staging = stagingName('long', name)
  const fd = createStaging(destination, staging, 0o600)
  const forget = (): void => removeEntry(folder, staging)
  return {
    fd,
    staging,
    partial: { size: 0, note: undefined, restart: () => ftruncateSync(fd, 0), renote: () => undefined },
    forget,
    end: () => {
      closeSync(fd)
      forget()
    },
  }
}

/**
 * Opens what an earlier run of this destination left, or begins anew; `dead` is what was found in its folder, where somebody
 * has looked already. Throws the error of a system call.
 */
export function openPartial(
  destination: Destination,
  dead: readonly Staging[] = quietly(() => deadStagings(destination.folder, [destination.name])) ?? [],
): OpenPartial {
  const { folder, name } = destination
  const staging = stagingName('partial', name)
  const noteName = stagingName('note', name)
  const found = goOn(destination, dead, staging, noteName)
  const fd = found?.fd ?? createStaging(destination, staging, 0o600)
  const forget = (): void => [staging, noteName].forEach((entry) => removeEntry(folder, entry))
  return {
    fd,
    staging,
    forget,
    partial: {
      size: found === undefined ? 0 : fstatSync(fd).size,
      note: found?.note,
      restart: (text) => {
        ftruncateSync(fd, 0)
        writeFileSync(folder.at(noteName), text, { mode: 0o600 })
      },
      renote: (text) => writeFileSync(folder.at(noteName), text, { mode: 0o600, flag: 'r+' }),
    },
    end: (keep) => {
      closeSync(fd)
      if (!keep) forget()
    },
  }
}

/** Takes over the file that a dead run left. */
function goOn(
  destination: Destination,
  dead: readonly Staging[],
  staging: string,
  noteName: string,
): { readonly fd: number; readonly note: string } | undefined {
  const note = takeOver(destination, dead, { kind: 'partial', staging, noteName })
  if (note === undefined) return undefined
  const fd = quietly(() => reopen(destination.folder.at(staging)))
  if (fd !== undefined) return { fd, note }
  for (const entry of [staging, noteName]) removeEntry(destination.folder, entry)
  return undefined
}

type Taken = { readonly kind: 'partial' | 'tree'; readonly staging: string; readonly noteName: string }

/**
 * Takes over what a dead run left and its note, under names that say that its owner is alive; of two runs only one can take
 * it. Returns the note, or undefined where there is nothing of this kind.
 */
export function takeOver(
  { folder, name }: Destination,
  all: readonly Staging[],
  { kind, staging, noteName }: Taken,
): string | undefined {
  const ours = shortHash(name)
  const dead = all.filter(({ destination }) => destination === ours)
  const isOfKind = (entry: string): boolean => {
    const status = lstatSync(folder.at(entry), { throwIfNoEntry: false })
    return status !== undefined && (kind === 'tree' ? status.isDirectory() : status.isFile())
  }
  const old = dead.find((each) => each.kind === kind && isOfKind(each.entry))
  const oldNote = dead.find((each) => each.kind === 'note')
  if (old === undefined || oldNote === undefined) return undefined
  const note = quietly(() => {
    renameSync(folder.at(old.entry), folder.at(staging))
    renameSync(folder.at(oldNote.entry), folder.at(noteName))
    return readText(folder.at(noteName), { limit: noteLimit })
  })
  if (note === undefined && kind === 'partial') removeEntry(folder, staging)
  if (note === undefined) removeEntry(folder, noteName)
  return note
}

function reopen(path: string): number {
  const fd = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw new Error('not a file')
}
