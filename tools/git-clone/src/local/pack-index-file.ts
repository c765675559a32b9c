import { RefusedError } from '@initbox/core'
import { parseHead, type ObjectHead } from '../pack/pack-reader.ts'
import { ID } from '../pack/object-table.ts'
import { LocalFile } from './local-file.ts'

const FANOUT = 8
const IDS = FANOUT + 256 * 4
const LARGE = 2 ** 31
/** Longer than the head of any object. */
const HEAD = 64

/** A pack on disk, found by its index (gitformat-pack, "Version 2 pack-*.idx files"), which is held in memory. */
export class IndexedPack {
  readonly #index: Buffer
  readonly #pack: LocalFile
  readonly #count: number
  /** Where objects begin, in order: an object ends where the next one begins. */
  #offsets: Float64Array | undefined

  /** `path` is that of the index. */
  constructor(path: string) {
    const index = new LocalFile(path)
    this.#index = index.read(0, index.size)
    index.close()
    const isWhole = this.#index.length >= IDS + 40 && this.#index.readUInt32BE(0) === 0xff744f63
    if (!isWhole || this.#index.readUInt32BE(4) !== 2)
      throw new RefusedError(`${path} is no index of a pack, or of a form older than git 1.5`, {
        hint: 'git repack -ad makes a new one',
      })
    this.#count = this.#index.readUInt32BE(FANOUT + 255 * 4)
    if (this.#index.length < IDS + this.#count * (ID + 8) + 40) throw new RefusedError(`${path} is cut off`)
    this.#pack = new LocalFile(path.replace(/idx$/, 'pack'))
  }

  /** Where the object with this id begins; undefined where it is not in this pack. */
  find(id: Buffer): number | undefined {
    const slot = FANOUT + (id[0] ?? 0) * 4
    let low = id[0] === 0 ? 0 : this.#index.readUInt32BE(slot - 4)
    let high = Math.min(this.#index.readUInt32BE(slot), this.#count)
    while (low < high) {
      const middle = (low + high) >> 1
      const at = IDS + middle * ID
      const order = this.#index.compare(id, 0, ID, at, at + ID)
      if (order === 0) return this.#offset(middle)
      if (order < 0) low = middle + 1
      else high = middle
    }
    return undefined
  }

  #offset(row: number): number {
    const column = IDS + this.#count * (ID + 4)
    const offset = this.#index.readUInt32BE(column + row * 4)
    if (offset < LARGE) return offset
    const at = column + this.#count * 4 + (offset - LARGE) * 8
    if (at + 8 > this.#index.length) throw new RefusedError(`the index of ${this.#pack.path} is damaged`)
    return Number(this.#index.readBigUInt64BE(at))
  }

  head(offset: number): ObjectHead {
    const bytes = this.#pack.read(offset, offset + HEAD)
    const head = bytes.length === 0 ? undefined : parseHead(bytes, bytes.length, offset)
    if (head === undefined) throw new RefusedError(`${this.#pack.path} is damaged: nothing begins at ${offset}`)
    return head
  }

  /** The deflated bytes of an object. */
  deflated({ offset, length }: ObjectHead): Generator<Buffer> {
    return this.#pack.pieces(offset + length, this.#end(offset))
  }

  #end(offset: number): number {
    this.#offsets ??= Float64Array.from({ length: this.#count }, (_, row) => this.#offset(row)).toSorted()
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#offsets[middle] ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return this.#offsets[low] ?? this.#pack.size - 20
  }

  close(): void {
    this.#pack.close()
  }
}
