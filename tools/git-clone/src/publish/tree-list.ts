import { LeafList } from './leaf-list.ts'

/** What a run left behind: which commit, how it was asked for, and every file. */
export type TreeList = {
  /** Everything that decides what is written, but the commit. */
  readonly key: string
  readonly commit: string
  /** The tag that led to it, where nobody had said to which commit it leads. */
  readonly via?: string
  readonly time: number
  readonly subject: string
  /** The inode of the folder. */
  readonly folders: readonly number[]
  /** Whether the folder has a repository of ours in `.git`. */
  readonly git?: boolean
  /** Submodules that have one too, by their paths. */
  readonly gits?: readonly string[]
  readonly leaves: LeafList
}

/** One line of JSON, and the leaves (leaf-list.ts). */
export function formatTreeList({ leaves, ...head }: TreeList): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), leaves.bytes])
}

/** Undefined for bytes that are no such list, or of another version of this program. */
export function parseTreeList(bytes: Buffer): TreeList | undefined {
  const end = bytes.indexOf(10)
  try {
    const head: unknown = JSON.parse(bytes.toString('utf8', 0, Math.max(0, end)))
    const leaves = LeafList.of(bytes.subarray(end + 1))
    return isHead(head) && leaves !== undefined ? { ...head, leaves } : undefined
  } catch {
    return undefined
  }
}

function isHead(value: unknown): value is Omit<TreeList, 'leaves'> {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  const texts = ['key', 'commit', 'subject'].every((name) => typeof fields.get(name) === 'string')
  return texts && typeof fields.get('time') === 'number' && Array.isArray(fields.get('folders'))
}
