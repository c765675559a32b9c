import { closeSync, openSync, readFileSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { builtin, formatBytes, RefusedError } from '@initbox/core'
import { applyDelta, deltaHead, type Span } from './delta.ts'
import { applyLargeDelta } from './large-delta.ts'
import { ObjectTable, objectType, typeName } from './object-table.ts'
import { damaged, type ObjectHead, type ObjectReceiver, type Target } from './pack-reader.ts'
import type { PackFile } from './pack-file.ts'
import type { Ring } from './ring.ts'
import type { SizeBudget } from './size-budget.ts'

/** What becomes of objects once their id is known. Numbers are those of the table. */
export type ObjectSink = {
  /** A commit, tree or tag. Whether it is needed again; if so, the bytes are kept. */
  readonly structure: (index: number, type: number, bytes: Buffer) => boolean
  /** A blob; its bytes are good only during the call. */
  readonly blob: (index: number, content: Span) => void
  /** A large blob in a file of its own, which is the sink's from now on. */
  readonly largeBlob: (index: number, file: string) => void
  /** A file with the content of a blob that was given before. */
  readonly fileOf: (index: number) => string | Buffer
  /** The content of a small one. */
  readonly read: (index: number) => Buffer
  /** Whether it can be read from there. */
  readonly has: (index: number) => boolean
}

export type StoreSettings = {
  readonly ring: Ring
  /** A folder for what must wait in files. */
  readonly folder: string
  readonly sink: ObjectSink
  readonly budget: SizeBudget
  /** The pack on disk as far as it has come, for what the sink does not keep. */
  readonly pack?: PackFile | undefined
}

/** Objects up to this size go through the ring as a whole; larger blobs are streamed. */
export const SMALL = 1 << 20
const PIECE = 1 << 18
/** Room before an object for the words that are hashed with it: `blob 1048576\0`. */
const HEAD = 32
/** Commits and trees stay in memory, for they are bases of others and needed when their place is known. */
const MOST_STRUCTURE = 64 * 2 ** 20

/** What may be held in memory while an object is made again of the deltas that lead to it. */
const LONGEST_CHAIN = 64 * 2 ** 20

/** A delta whose base has not come yet waits in a file. */
type Waiting = { readonly index: number; readonly file: string; readonly length: number }

/**
 * Makes objects of what a pack holds: hashes each, resolves deltas as soon as their base is there, and hands them to the
 * sink. Memory is the ring, the trees, and 50 bytes an object. Throws RefusedError for a pack that does not add up.
 */
export class ObjectStore implements ObjectReceiver {
  readonly table = new ObjectTable()
  readonly #hash = builtin('node:crypto').hash
  readonly #settings: StoreSettings
  readonly #structures = new Map<number, Buffer>()
  #structureBytes = 0
  /** By number of the base, or by its id as a binary string. */
  readonly #waiting = new Map<number | string, Waiting[]>()
  #delta = Buffer.allocUnsafeSlow(1 << 16)
  /** Bytes that are held while an object is made again. */
  #chain = 0

  constructor(settings: StoreSettings) {
    this.#settings = settings
  }

  /** A commit, tree or tag that has come. */
  structure(index: number): Buffer | undefined {
    return this.#structures.get(index)
  }

  /** A commit or tag, read anew where only the pack has it. */
  named(index: number): Buffer {
    const { buffer, at, length } = this.#baseOf(index)
    return Buffer.from(buffer.subarray(at, at + length))
  }

  begin(head: ObjectHead): Target {
    const { type, size, offset } = head
    const index = this.table.add(offset)
    if (type === objectType.offsetDelta || type === objectType.refDelta) return this.#deltaTarget(index, head)
    if (type === objectType.blob) this.#settings.budget.take(size)
    if (type === objectType.blob && size > SMALL) return this.#largeTarget(index, size)
    const { buffer, at, position } = this.#room(type, size)
    return { buffer, at, room: size + 1, done: () => this.#finish(index, type, { buffer, at, length: size }, position) }
  }

  /** To be called when the pack has been read: nothing may wait any more. */
  finish(): void {
    for (const [base, [first]] of this.#waiting) {
      const name = typeof base === 'string' ? Buffer.from(base, 'latin1').toString('hex') : `object ${base}`
      if (first !== undefined) throw damaged(`the base ${name} of a delta is not in it`)
    }
  }

  /** Memory for an object, with room for its head before it. Trees larger than the ring takes get some of their own. */
  #room(type: number, size: number): { readonly buffer: Buffer; readonly at: number; readonly position: number } {
    const { ring } = this.#settings
    if (size <= SMALL) {
      const position = ring.take(HEAD + size + 1) + HEAD
      return { buffer: ring.buffer, at: ring.offset(position), position }
    }
    this.#countStructure(type, size)
    return { buffer: Buffer.allocUnsafeSlow(HEAD + size + 1), at: HEAD, position: -1 }
  }

  #countStructure(type: number, size: number): void {
    if (this.#structureBytes + size > MOST_STRUCTURE) {
      throw new RefusedError(
        `the trees and commits are larger than ${formatBytes(MOST_STRUCTURE)} (the last is a ${typeName(type)} of ${formatBytes(size)})`,
      )
    }
  }

  #largeTarget(index: number, size: number): Target {
    const { ring } = this.#settings
    const at = ring.offset(ring.take(PIECE))
    const file = new LargeFile(`${this.#settings.folder}/large-${index}`, size)
    return {
      buffer: ring.buffer,
      at,
      room: PIECE,
      piece: (length) => file.write(ring.buffer.subarray(at, at + length)),
      done: () => this.#finishLarge(index, file),
    }
  }

  #finishLarge(index: number, file: LargeFile): void {
    const id = file.end()
    this.table.identify(index, { id, type: objectType.blob, size: file.size })
    this.#settings.sink.largeBlob(index, file.path)
    this.#resolveWaiting(index, id)
  }

  #deltaTarget(index: number, { offset, size, baseOffset, baseId }: ObjectHead): Target {
    const base = baseId === undefined ? this.table.atOffset(baseOffset ?? 0) : this.table.find(baseId, 0)
    if (baseId === undefined && (base === -1 || base === index)) throw damaged(`a delta at ${offset} has no base`)
    const key = base === -1 && baseId !== undefined ? baseId.toString('latin1') : base
    const isThere = base !== -1 && this.table.type(base) !== objectType.unknown
    if (size > SMALL) return this.#spooledDelta(index, key, isThere)
    if (this.#delta.length < size + 1) this.#delta = Buffer.allocUnsafeSlow(size + 1)
    const buffer = this.#delta
    return {
      buffer,
      at: 0,
      room: size + 1,
      done: () => {
        if (isThere) this.#resolve(index, base, buffer.subarray(0, size))
        else this.#wait(key, index, buffer.subarray(0, size))
      },
    }
  }

  /** A delta that is itself large goes to a file. */
  #spooledDelta(index: number, base: number | string, isThere: boolean): Target {
    const { ring, folder } = this.#settings
    const at = ring.offset(ring.take(PIECE))
    const file = `${folder}/delta-${index}`
    const fd = openSync(file, 'wx', 0o600)
    let length = 0
    return {
      buffer: ring.buffer,
      at,
      room: PIECE,
      piece: (size) => {
        this.#settings.budget.take(size)
        writeWhole(fd, ring.buffer.subarray(at, at + size))
        length += size
      },
      done: () => {
        closeSync(fd)
        this.#settings.budget.giveBack(length)
        if (isThere && typeof base === 'number') this.#resolveFile(base, { index, file, length })
        else this.#remember(base, { index, file, length })
      },
    }
  }

  #wait(base: number | string, index: number, delta: Buffer): void {
    this.#remember(base, { index, file: this.#spool(index, delta), length: delta.length })
  }

  #remember(base: number | string, waiting: Waiting): void {
    const others = this.#waiting.get(base)
    if (others === undefined) this.#waiting.set(base, [waiting])
    else others.push(waiting)
  }

  #resolveFile(base: number, { index, file, length }: Waiting): void {
    if (length <= SMALL) this.#resolve(index, base, readFileSync(file), file)
    else this.#resolveLarge(index, base, file)
    unlinkSync(file)
  }

  #resolve(index: number, base: number, delta: Buffer, file?: string): void {
    const { table } = this
    const { base: baseSize, result, start } = deltaHead(delta, delta.length)
    if (baseSize !== table.size(base)) throw damaged('the base of a delta has another size than it says')
    const type = table.type(base)
    if (type === objectType.blob && (result > SMALL || baseSize > SMALL)) {
      if (file !== undefined) return this.#resolveLarge(index, base, file)
      return this.#throughFile(index, base, delta)
    }
    if (type === objectType.blob) this.#settings.budget.take(result)
    const { buffer, at, position } = this.#room(type, result)
    const content = { buffer, at, length: result }
    // Taken after the room for the result: that may have overwritten the base.
    applyDelta({ buffer: delta, at: 0, length: delta.length }, start, this.#baseOf(base), content)
    this.#finish(index, type, content, position)
  }

  #throughFile(index: number, base: number, delta: Buffer): void {
    const file = this.#spool(index, delta)
    this.#resolveLarge(index, base, file)
    unlinkSync(file)
  }

  #spool(index: number, delta: Buffer): string {
    const file = `${this.#settings.folder}/delta-${index}`
    const fd = openSync(file, 'wx', 0o600)
    writeWhole(fd, delta)
    closeSync(fd)
    return file
  }

  #baseOf(base: number): Span {
    const { ring, sink, pack } = this.#settings
    const length = this.table.size(base)
    const type = this.table.type(base)
    const structure = this.#structures.get(base)
    if (structure !== undefined) return { buffer: structure, at: 0, length }
    const position = this.table.position(base)
    if (ring.holds(position)) return { buffer: ring.buffer, at: ring.offset(position), length }
    const buffer =
      pack === undefined || (type === objectType.blob && sink.has(base)) ? sink.read(base) : this.#again(base)
    if (buffer.length !== length) throw damaged('the base of a delta was changed on disk')
    return { buffer, at: 0, length }
  }

  /** Makes an object again of what the pack on disk has, with those that it is based on. */
  #again(index: number): Buffer {
    const { pack } = this.#settings
    const { table } = this
    const end = index + 1 < table.count ? table.offset(index + 1) : pack?.size
    const entry = pack?.entry(table.offset(index), end ?? 0, table.size(index))
    if (entry === undefined) throw damaged('the base of a delta is gone')
    const { bytes, baseOffset, baseId } = entry
    if (baseOffset === undefined && baseId === undefined) return bytes
    const base = baseId === undefined ? table.atOffset(baseOffset ?? 0) : table.find(baseId, 0)
    const { result, start } = deltaHead(bytes, bytes.length)
    this.#chain += bytes.length + result
    if (this.#chain > LONGEST_CHAIN) throw damaged(`a chain of deltas is larger than ${formatBytes(LONGEST_CHAIN)}`)
    const buffer = Buffer.allocUnsafe(result)
    applyDelta({ buffer: bytes, at: 0, length: bytes.length }, start, this.#baseOf(base), {
      buffer,
      at: 0,
      length: result,
    })
    this.#chain -= bytes.length + result
    return buffer
  }

  #resolveLarge(index: number, base: number, file: string): void {
    if (this.table.type(base) !== objectType.blob)
      throw damaged(`a ${typeName(this.table.type(base))} is a large delta`)
    const first = firstBytes(file)
    const head = deltaHead(first, first.length)
    if (head.base !== this.table.size(base)) throw damaged('the base of a delta has another size than it says')
    this.#settings.budget.take(head.result)
    const large = new LargeFile(`${this.#settings.folder}/large-${index}`, head.result)
    applyLargeDelta({ base: this.#settings.sink.fileOf(base), delta: file }, head, (piece) => large.write(piece))
    this.#finishLarge(index, large)
  }

  #finish(index: number, type: number, { buffer, at, length }: Span, position: number): void {
    const head = `${typeName(type)} ${length}\0`
    const start = at - head.length
    buffer.write(head, start, head.length, 'latin1')
    const id = this.#hash('sha1', buffer.subarray(start, at + length), 'binary')
    this.table.identify(index, { id, type, size: length })
    if (type === objectType.blob) {
      this.table.setPosition(index, position)
      this.#settings.sink.blob(index, { buffer, at, length })
    } else {
      this.#countStructure(type, length)
      const bytes = Buffer.from(buffer.subarray(at, at + length))
      this.#structures.set(index, bytes)
      if (this.#settings.sink.structure(index, type, bytes)) this.#structureBytes += length
      else {
        this.#structures.delete(index)
        this.table.setPosition(index, position)
      }
    }
    if (this.#waiting.size > 0) this.#resolveWaiting(index, id)
  }

  /** Resolves what waited for an object; one after the other, so that a long chain takes no stack. */
  #ready: { readonly base: number; readonly waiting: Waiting }[] = []
  #isResolving = false

  #resolveWaiting(base: number, id: string): void {
    for (const key of [base, id]) {
      for (const waiting of this.#waiting.get(key) ?? []) this.#ready.push({ base, waiting })
      this.#waiting.delete(key)
    }
    if (this.#isResolving) return
    this.#isResolving = true
    for (let next = this.#ready.pop(); next !== undefined; next = this.#ready.pop())
      this.#resolveFile(next.base, next.waiting)
    this.#isResolving = false
  }
}

/** A large blob on its way to a file. */
class LargeFile {
  readonly path: string
  readonly size: number
  readonly #fd: number
  readonly #hash

  constructor(path: string, size: number) {
    this.path = path
    this.size = size
    this.#fd = openSync(path, 'wx', 0o600)
    this.#hash = builtin('node:crypto').createHash('sha1').update(`blob ${size}\0`)
  }

  write(piece: Buffer): void {
    this.#hash.update(piece)
    writeWhole(this.#fd, piece)
  }

  /** Returns the id, a binary string. */
  end(): string {
    closeSync(this.#fd)
    return this.#hash.digest('binary')
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done)
}

/** Enough of a delta for its two sizes. */
function firstBytes(file: string): Buffer {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(32)
    return bytes.subarray(0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}
