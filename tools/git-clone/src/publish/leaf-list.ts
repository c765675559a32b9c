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

/** The leaves of a tree as bytes, one record each: 100,000 of them as objects would be 30 MiB. */
export class LeafList implements Iterable<Leaf> {
  #bytes: Buffer
  #length: number
  #count = 0

  /** Of nothing, or of what `bytes` gave once. */
  constructor(bytes: Buffer = Buffer.allocUnsafe(1 << 14), length = 0) {
    this.#bytes = bytes
    this.#length = length
    for (let at = this.#end(0); at < length; at = this.#end(at + 1)) this.#count++
  }

  /** Where the record ends that begins or goes on at an offset. */
  #end(at: number): number {
    const end = this.#bytes.indexOf(0, at)
    return end === -1 ? this.#length : Math.min(end, this.#length)
  }

  get count(): number {
    return this.#count
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Adds a file as it is now. */
  add(path: string, id: string, at: string | Buffer): void {
    const { ino, size, mtimeMs } = lstatSync(at)
    this.#append(`${ino} ${size} ${mtimeMs} ${id} ${path}\0`)
  }

  /** Adds those of a tree that lies in a folder of this one. */
  addBelow(folder: string, { inode, size, mtime, id, path }: Leaf): void {
    this.#append(`${inode} ${size} ${mtime} ${id} ${folder}/${path}\0`)
  }

  #append(record: string): void {
    if (this.#length + record.length > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + record.length))
      this.#bytes.copy(longer, 0, 0, this.#length)
      this.#bytes = longer
    }
    this.#length += this.#bytes.write(record, this.#length, 'latin1')
    this.#count++
  }

  *[Symbol.iterator](): Generator<Leaf> {
    for (let at = 0; at < this.#length;) {
      const record = this.#bytes.toString('latin1', at, this.#end(at))
      const [inode = '', size = '', mtime = '', id = ''] = record.split(' ', 4)
      const path = record.slice(inode.length + size.length + mtime.length + id.length + 4)
      yield { path, inode: Number(inode), size: Number(size), mtime: Number(mtime), id }
      at += record.length + 1
    }
  }
}

/** Whether a file is still the one that was left, by its inode, size and time. */
export function isAsLeft(leaf: Leaf, status: Stats | undefined): boolean {
  return status !== undefined && status.ino === leaf.inode && status.size === leaf.size && status.mtimeMs === leaf.mtime
}
