import { foreignKind, type Selection, selection, Tree } from '@initbox/archive'
import { asOutputError, NotFoundError, RefusedError } from '@initbox/core'
import type { Item } from '../files/item.ts'
import type { Job } from './receiver.ts'
import { TreeNote } from './tree-note.ts'

/** What of an archive is wanted. */
export function selectionOf({ settings: { include = [], exclude = [], subpath = [], strip = 0 } }: Item): Selection {
  return selection({
    include: include.map(({ matches }) => matches),
    exclude: exclude.map(({ matches }) => matches),
    subpath,
    strip,
  })
}

/** Makes the slot a folder that the archive is unpacked into. */
export function openTree({ item, slot, limits }: Omit<Job, 'source'>, received: () => number): Tree {
  return new Tree(slot.folder(), { ...limits, mode: item.settings.mode, received })
}

/** A folder that the next start of the container can go on with. */
export type ResumedTree = {
  readonly tree: Tree
  /** There may be something of it. */
  readonly isLeft: boolean
  /** Seconds since 1970, the same in each start. */
  readonly began: number
}

/**
 * The same for what comes in parts, each of which can be asked for alone: what an earlier run left is kept where `facts` say
 * that it is of the same content.
 */
export async function resumeTree(
  job: Omit<Job, 'source'>,
  facts: Parameters<typeof TreeNote.of>[1],
  received: () => number,
): Promise<ResumedTree> {
  const { item, slot, limits } = job
  const began = Math.floor(Date.now() / 1_000)
  if (TreeNote.of(item, facts, undefined) === undefined) return { tree: openTree(job, received), isLeft: false, began }
  const { path, note: left, restart } = await slot.resumed()
  const { note, isLeft } = TreeNote.of(item, facts, left) ?? { note: { began }, isLeft: false }
  if (!isLeft) await restart(JSON.stringify(note))
  return { tree: new Tree(path, { ...limits, mode: item.settings.mode, received }), isLeft, began: note.began }
}

/** The archive is read. Throws NotFoundError where nothing of it was wanted. */
export function finishTree(
  { item, slot }: Omit<Job, 'source'>,
  tree: Tree | undefined,
): { files: number; bytes: number } {
  if (tree === undefined || tree.files === 0) {
    const { include = [], exclude = [], subpath, strip } = item.settings
    const chosen = include.length > 0 || exclude.length > 0 || subpath !== undefined || strip !== undefined
    if (!chosen) throw new RefusedError(`${item.name} holds no files`)
    throw new NotFoundError(`${item.name} has nothing of what is wanted`, {
      hint: 'do --include, --exclude, --subpath and --strip fit the names that the archive has?',
    })
  }
  slot.settle()
  tree.finish()
  tree.close()
  slot.finishFolder()
  return { files: tree.files, bytes: tree.bytes }
}

/** What the archive room says knows the entry, but not the file; what the system says is about writing. */
export function named({ item }: Pick<Job, 'item'>, error: unknown): unknown {
  if (error instanceof RefusedError && !error.message.includes(item.name))
    return new RefusedError(`cannot unpack ${item.name}: ${error.message}`, { hint: error.hint, cause: error })
  return asOutputError(item.out, error)
}

export function noArchive(name: string, head: Buffer): RefusedError {
  const kind = foreignKind(head)
  return new RefusedError(
    `${name} is no archive that is read: it ${kind === undefined ? `begins with ${head.toString('hex', 0, 8)}` : `seems to be ${kind}`}`,
    {
      hint:
        kind === 'HTML' || kind === 'JSON' || kind === 'XML'
          ? 'is it a login or error page?'
          : 'tar, zip, gzip, zstd, xz and bzip2 are; without unpack it is published as it is',
    },
  )
}
