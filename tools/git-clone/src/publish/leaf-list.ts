import { lstatSync, type Stats } from 'node:fs'
import { setV8Flags } from '@initbox/core'

/** A file or symlink as it was left: enough to see with one lstat that nobody has changed it since. */
export type Leaf = {
  /** Below the published folder, a binary string. */
  readonly path: string
  readonly inode: number
  readonly size: number
  /** Milliseconds, with what there is of a fraction. */
  readonly mtime: number
  /** The id that git gives its content, hexadecimal. */
  readonly id: string
}

/** A record: inode, size and time as doubles, the id, the length of the path (16 bits), and the path. */
const ID = 24
const LENGTH = 44
const PATH = 46

/** For so few, V8's compilers, which run beside the loop, take more CPU than they give back: 15 of 65 ms for 1,600. */
const FEW = 5_000
const unoptimised = ['--no-turbofan', '--no-maglev']

/**
 * The leaves of a tree as bytes, one record each: 100,000 of them as objects would be 30 MiB, and a run that has nothing to
 * do reads all of them.
 */
export class LeafList implements Iterable<Leaf> {
  count = 0
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  /** Of what `bytes` gave once; undefined where these are others. */
  static of(bytes: Buffer): LeafList | undefined {
    const list = new LeafList()
    list.#bytes = bytes
    list.#length = bytes.length
    let at = 0
    for (; at + PATH <= bytes.length; at = list.#after(at)) list.count++
    return at === bytes.length ? list : undefined
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Adds a file as it is now. */
  add(path: string, id: string, at: string | Buffer): void {
    const { ino: inode, size, mtimeMs: mtime } = lstatSync(at)
    this.#append({ path, inode, size, mtime, id })
  }

  /** Adds those of a tree that lies in a folder of this one; '' is this one itself. */
  addBelow(folder: string, leaf: Leaf): void {
    this.#append(folder === '' ? leaf : { ...leaf, path: `${folder}/${leaf.path}` })
  }

  #append({ path, inode, size, mtime, id }: Leaf): void {
    const at = this.#length
    this.#length += PATH + path.length
    if (this.#length > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(Math.max(1 << 14, this.#bytes.length * 2, this.#length))
      this.#bytes.copy(longer, 0, 0, at)
      this.#bytes = longer
    }
    this.#bytes.writeDoubleLE(inode, at)
    this.#bytes.writeDoubleLE(size, at + 8)
    this.#bytes.writeDoubleLE(mtime, at + 16)
    this.#bytes.write(id, at + ID, 'hex')
    this.#bytes.writeUInt16LE(path.length, at + LENGTH)
    this.#bytes.write(path, at + PATH, 'latin1')
    this.count++
  }

  *[Symbol.iterator](): Generator<Leaf> {
    for (let at = 0; at < this.#length; at = this.#after(at)) {
      const [inode, size, mtime] = [0, 8, 16].map((offset) => this.#bytes.readDoubleLE(at + offset))
      const id = this.#bytes.toString('hex', at + ID, at + LENGTH)
      yield { path: this.#path(at), inode: inode ?? 0, size: size ?? 0, mtime: mtime ?? 0, id }
    }
  }

  /** The path of the first leaf that is not as it was left, by its inode, size and time. `look` is an lstat of a path. */
  firstChanged(look: (path: string) => Stats | undefined): string | undefined {
    if (this.count <= FEW) setV8Flags(...unoptimised)
    // Quicker than a buffer's methods, which are JavaScript.
    const numbers = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#length)
    for (let at = 0; at < this.#length; at = this.#after(at)) {
      const path = this.#path(at)
      const status = look(path)
      if (
        status === undefined ||
        status.ino !== numbers.getFloat64(at, true) ||
        status.size !== numbers.getFloat64(at + 8, true) ||
        status.mtimeMs !== numbers.getFloat64(at + 16, true)
      )
        return path
    }
    return undefined
  }

  #after(at: number): number {
    return at + PATH + (this.#bytes[at + LENGTH] ?? 0) + (this.#bytes[at + LENGTH + 1] ?? 0) * 256
  }

  #path(at: number): string {
    return this.#bytes.toString('latin1', at + PATH, this.#after(at))
  }
}
