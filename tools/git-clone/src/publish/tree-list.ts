import { lstatSync, type Stats } from 'node:fs'

/** A file or symlink as it was left: enough to see with one lstat that nobody has changed it since. */
export type Leaf = {
  /** Below the published folder, a binary string. */
  readonly path: string
  readonly inode: number
  readonly size: number
  readonly mtime: number
  /** The id that git gives its content, hexadecimal. */
  readonly id: string
}

/** What a run left behind: which commit, how it was asked for, and every file. */
export type TreeList = {
  /** Everything that decides what is written, but the commit. */
  readonly key: string
  readonly commit: string
  readonly time: number
  readonly subject: string
  /** Inodes of the folders that are ours: the one that is published next, and the one before. */
  readonly folders: readonly number[]
  readonly leaves: readonly Leaf[]
}

export function formatTreeList({ leaves, ...head }: TreeList): Buffer {
  const records = leaves.map(({ path, inode, size, mtime, id }) => `${inode} ${size} ${mtime} ${id} ${path}\0`)
  return Buffer.from(`${JSON.stringify(head).replaceAll(/[^\0-\x7f]/g, escaped)}\n${records.join('')}`, 'latin1')
}

/** JSON in ASCII, since the file is read as bytes. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Undefined for bytes that are no such list, or of another version of this program. */
export function parseTreeList(bytes: Buffer): TreeList | undefined {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\n')
  try {
    const head: unknown = JSON.parse(text.slice(0, end))
    if (!isHead(head)) return undefined
    const leaves = text
      .slice(end + 1)
      .split('\0')
      .slice(0, -1)
      .map((record) => {
        const [inode = '', size = '', mtime = '', id = ''] = record.split(' ', 4)
        const path = record.slice(inode.length + size.length + mtime.length + id.length + 4)
        return { path, inode: Number(inode), size: Number(size), mtime: Number(mtime), id }
      })
    return { ...head, leaves }
  } catch {
    return undefined
  }
}

function isHead(value: unknown): value is Omit<TreeList, 'leaves'> {
  if (typeof value !== 'object' || value === null) return false
  return (
    'key' in value &&
    typeof value.key === 'string' &&
    'commit' in value &&
    typeof value.commit === 'string' &&
    'time' in value &&
    typeof value.time === 'number' &&
    'subject' in value &&
    typeof value.subject === 'string' &&
    'folders' in value &&
    Array.isArray(value.folders)
  )
}

/** Whether a file is still the one that was left, by its inode, size and time. */
export function isAsLeft(leaf: Leaf, status: Stats | undefined): boolean {
  return status !== undefined && status.ino === leaf.inode && status.size === leaf.size && status.mtimeMs === leaf.mtime
}

export function leafOf(path: string, id: string, at: string | Buffer): Leaf {
  const { ino, size, mtimeMs } = lstatSync(at)
  return { path, inode: ino, size, mtime: mtimeMs, id }
}
