import { RefusedError } from '@initbox/core'
import { idHash } from '../pack/id-hash.ts'
import { ID } from '../pack/object-table.ts'
import type { EntryMode } from './mode.ts'

/**
 * Where each object of the tree goes: one place for each path, found by the id of the object, which comes later in the
 * pack (or earlier, or is in several places). Columns again: 100,000 places are a few megabytes.
 */
export class Places {
  count = 0
  readonly #most: number
  readonly #folders: string[] = []
  readonly #folderOf: number[] = []
  readonly #names: string[] = []
  readonly #modes: EntryMode[] = []
  readonly #filled: boolean[] = []
  /** The next place with the same id, or -1. */
  readonly #next: number[] = []
  #ids = Buffer.alloc(1024 * ID)
  /** Numbers plus one of the first place of each id. */
  #slots = new Int32Array(4096)

  constructor(most: number) {
    this.#most = most
  }

  /** Adds a folder; its path is a binary string, empty for the top. Returns its number. */
  addFolder(path: string): number {
    return this.#folders.push(path) - 1
  }

  folder(index: number): string {
    return this.#folders[index] ?? ''
  }

  /** Adds a place in a folder for the object whose id stands at `at` of `bytes`. Throws RefusedError when there are too many. */
  add(bytes: Buffer, at: number, { folder, name, mode }: { folder: number; name: string; mode: EntryMode }): number {
    const index = this.count++
    if (index >= this.#most) {
      throw new RefusedError(`the repository has more than ${this.#most} files and folders`, {
        hint: 'raise --max-files',
      })
    }
    if (index * ID === this.#ids.length) this.#ids = Buffer.concat([this.#ids], this.#ids.length * 2)
    bytes.copy(this.#ids, index * ID, at, at + ID)
    this.#folderOf.push(folder)
    this.#names.push(name)
    this.#modes.push(mode)
    this.#filled.push(false)
    this.#next.push(-1)
    if (index * 2 > this.#slots.length) this.#rehash()
    else this.#insert(index)
    return index
  }

  /** The first place of the object whose id stands at `at` of `bytes`, or -1. */
  first(bytes: Buffer, at: number): number {
    const mask = this.#slots.length - 1
    for (let slot = idHash(bytes, at) & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] ?? 0) - 1
      if (index === -1 || this.#ids.compare(bytes, at, at + ID, index * ID, (index + 1) * ID) === 0) return index
    }
  }

  next(index: number): number {
    return this.#next[index] ?? -1
  }

  name(index: number): string {
    return this.#names[index] ?? ''
  }

  folderOf(index: number): number {
    return this.#folderOf[index] ?? 0
  }

  mode(index: number): EntryMode {
    return this.#modes[index] ?? 0o100644
  }

  isFilled(index: number): boolean {
    return this.#filled[index] ?? false
  }

  fill(index: number): void {
    this.#filled[index] = true
  }

  /** A binary string, relative to the top. */
  path(index: number): string {
    const folder = this.folder(this.folderOf(index))
    return folder === '' ? this.name(index) : `${folder}/${this.name(index)}`
  }

  /** The bytes in which the id of a place stands, and where. */
  get ids(): Buffer {
    return this.#ids
  }

  id(index: number): string {
    return this.#ids.toString('hex', index * ID, (index + 1) * ID)
  }

  #insert(index: number): void {
    const mask = this.#slots.length - 1
    let slot = idHash(this.#ids, index * ID) & mask
    for (; ; slot = (slot + 1) & mask) {
      const other = (this.#slots[slot] ?? 0) - 1
      if (other === -1) break
      if (this.#ids.compare(this.#ids, index * ID, (index + 1) * ID, other * ID, (other + 1) * ID) === 0) {
        this.#next[index] = this.#next[other] ?? -1
        this.#next[other] = index
        return
      }
    }
    this.#slots[slot] = index + 1
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    this.#next.fill(-1)
    for (let index = 0; index < this.count; index++) this.#insert(index)
  }
}
