import { idHash } from './id-hash.ts'

/** The types of objects in a pack (gitformat-pack); 0 is one whose base has not come yet. */
export const objectType = { unknown: 0, commit: 1, tree: 2, blob: 3, tag: 4, offsetDelta: 6, refDelta: 7 } as const

const typeNames = ['object', 'commit', 'tree', 'blob', 'tag']

export function typeName(type: number): string {
  return typeNames[type] ?? `type ${type}`
}

/** Bytes of an object id: SHA-1. */
export const ID = 20

/**
 * What is known of each object of a pack, by its number: columns of numbers rather than an object each, so that a million
 * of them stay small. They grow with what really comes, whatever count the pack's header claims.
 */
export class ObjectTable {
  count = 0
  #offsets = new Float64Array(1024)
  #types = new Uint8Array(1024)
  #sizes = new Float64Array(1024)
  /** Where in the ring the content is. */
  #positions = new Float64Array(1024)
  #ids = Buffer.alloc(1024 * ID)
  /** Open addressing, at most half full; a slot has an object's number plus one. */
  #slots = new Int32Array(4096)
  #identified = 0

  /** Adds the object that begins at this offset of the pack; returns its number. */
  add(offset: number): number {
    const index = this.count++
    if (index === this.#offsets.length) this.#grow()
    this.#offsets[index] = offset
    this.#positions[index] = -1
    return index
  }

  /** Tells an object's id, type and size, once they are known. `id` is a binary string. */
  identify(
    index: number,
    { id, type, size }: { readonly id: string; readonly type: number; readonly size: number },
  ): void {
    this.#ids.write(id, index * ID, ID, 'latin1')
    this.#types[index] = type
    this.#sizes[index] = size
    if (++this.#identified * 2 > this.#slots.length) this.#rehash()
    this.#insert(index)
  }

  setPosition(index: number, position: number): void {
    this.#positions[index] = position
  }

  offset(index: number): number {
    return this.#offsets[index] ?? 0
  }

  type(index: number): number {
    return this.#types[index] ?? 0
  }

  size(index: number): number {
    return this.#sizes[index] ?? 0
  }

  position(index: number): number {
    return this.#positions[index] ?? -1
  }

  /** The buffer in which the ids of all objects lie, one after the other; another one after each `add`. */
  get ids(): Buffer {
    return this.#ids
  }

  hex(index: number): string {
    return this.#ids.toString('hex', index * ID, (index + 1) * ID)
  }

  /** The number of the object with the id that stands at `at` of `bytes`, or -1. */
  find(bytes: Buffer, at: number): number {
    const mask = this.#slots.length - 1
    for (let slot = idHash(bytes, at) & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] ?? 0) - 1
      if (index === -1) return -1
      if (this.#ids.compare(bytes, at, at + ID, index * ID, (index + 1) * ID) === 0) return index
    }
  }

  /** The number of the object that begins at this offset, or -1. */
  atOffset(offset: number): number {
    let low = 0
    let high = this.count - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.#offsets[middle] ?? 0
      if (found === offset) return middle
      if (found < offset) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  #insert(index: number): void {
    const mask = this.#slots.length - 1
    let slot = idHash(this.#ids, index * ID) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = index + 1
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let index = 0; index < this.count; index++) if (this.type(index) !== objectType.unknown) this.#insert(index)
  }

  #grow(): void {
    const length = this.#offsets.length * 2
    const longer = <T extends Float64Array | Uint8Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.#offsets = longer(new Float64Array(length), this.#offsets)
    this.#types = longer(new Uint8Array(length), this.#types)
    this.#sizes = longer(new Float64Array(length), this.#sizes)
    this.#positions = longer(new Float64Array(length), this.#positions)
    this.#ids = longer(Buffer.alloc(length * ID), this.#ids)
  }
}
