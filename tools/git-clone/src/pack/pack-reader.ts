import { builtin, RefusedError } from '@initbox/core'
import { type Inflater, openInflater } from './inflater.ts'
import { objectType } from './object-table.ts'

/** What stands before each object of a pack (gitformat-pack): of a delta also what it is based on. */
export type ObjectHead = {
  /** Where in the pack it begins. */
  readonly offset: number
  readonly type: number
  /** Of the head itself. */
  readonly length: number
  /** Of what is inflated: the object itself or the delta. */
  readonly size: number
  readonly baseOffset: number | undefined
  readonly baseId: Buffer | undefined
}

/** Where an object is inflated to: as a whole, or in pieces that are handed on. */
export type Target = {
  readonly buffer: Buffer
  readonly at: number
  /** Room for bytes; one more than the object has when it is not taken in pieces, so that its end is seen. */
  readonly room: number
  /** Takes a piece of so many bytes; without it the object must fit as a whole. */
  readonly piece?: (length: number) => void
  /** Called when all bytes are there. */
  readonly done: () => void
}

/** Receives the objects of a pack in the order in which they stand in it. */
export type ObjectReceiver = {
  readonly begin: (head: ObjectHead) => Target
}

type State = 'header' | 'object' | 'inflate' | 'trailer'

/** No object's head is longer: two numbers of nine bytes or one and an id. */
const LONGEST_HEAD = 40

/** Reads a pack from start to end, in whatever pieces it comes. Throws RefusedError for one that is damaged. */
export class PackReader {
  readonly #receiver: ObjectReceiver
  readonly #inflater: Inflater = openInflater()
  readonly #hash = builtin('node:crypto').createHash('sha1')
  /** A header, object head or trailer that is being collected. */
  readonly #head = Buffer.alloc(64)
  #headLength = 0
  #state: State = 'header'
  #position = 0
  #objects = 0
  #begun = 0
  #target: Target | undefined
  #size = 0
  #made = 0
  /** Bytes of the piece that is being filled. */
  #filled = 0

  constructor(receiver: ObjectReceiver) {
    this.#receiver = receiver
  }

  /** How many objects the pack says it has. */
  get objects(): number {
    return this.#objects
  }

  push(bytes: Buffer, start: number, end: number): void {
    let hashed = end
    for (let at = start; at < end;) {
      if (this.#state === 'inflate') at = this.#inflate(bytes, at, end)
      else if (this.#state === 'object') at = this.#readHead(bytes, at, end)
      else if (this.#state === 'header') at = this.#readHeader(bytes, at, end)
      else {
        // The trailer is the hash of all that stands before it.
        hashed = Math.min(hashed, this.#headLength === 0 ? at : start)
        at = this.#readTrailer(bytes, at, end)
      }
    }
    if (hashed > start) this.#hash.update(bytes.subarray(start, hashed))
  }

  /** To be called when no more bytes come. */
  finish(): void {
    if (this.#state !== 'trailer' || this.#headLength < 20) {
      throw damaged(`it ends after ${this.#begun} of ${this.#objects} objects`)
    }
    if (this.#hash.digest().compare(this.#head, 0, 20) !== 0) throw damaged('its checksum is wrong')
  }

  #readHeader(bytes: Buffer, at: number, end: number): number {
    const stop = this.#collect(bytes, at, end, 12)
    if (this.#headLength < 12) return stop
    const version = this.#head.readUInt32BE(4)
    if (this.#head.toString('latin1', 0, 4) !== 'PACK' || (version !== 2 && version !== 3)) {
      throw new RefusedError('what the server sent is no pack')
    }
    this.#objects = this.#head.readUInt32BE(8)
    this.#next()
    return stop
  }

  #collect(bytes: Buffer, at: number, end: number, length: number): number {
    const stop = Math.min(end, at + length - this.#headLength)
    bytes.copy(this.#head, this.#headLength, at, stop)
    this.#headLength += stop - at
    this.#position += stop - at
    return stop
  }

  #readTrailer(bytes: Buffer, at: number, end: number): number {
    if (this.#headLength === 20) throw damaged('bytes follow its end')
    return this.#collect(bytes, at, end, 20)
  }

  #next(): void {
    this.#headLength = 0
    this.#state = this.#begun === this.#objects ? 'trailer' : 'object'
  }

  /** Heads are short, and most lie within one piece: the bytes are collected until they make one. */
  #readHead(bytes: Buffer, at: number, end: number): number {
    while (at < end) {
      this.#head[this.#headLength++] = bytes[at++] ?? 0
      const head = parseHead(this.#head, this.#headLength, this.#position)
      if (head !== undefined) {
        this.#position += this.#headLength
        this.#begun++
        this.#begin(head)
        return at
      }
      if (this.#headLength >= LONGEST_HEAD) throw damaged('an object has no head')
    }
    return at
  }

  #begin(head: ObjectHead): void {
    this.#target = this.#receiver.begin(head)
    this.#size = head.size
    this.#made = 0
    this.#filled = 0
    this.#inflater.reset()
    this.#state = 'inflate'
  }

  #inflate(bytes: Buffer, from: number, end: number): number {
    const target = this.#target
    if (target === undefined) return end
    const inflater = this.#inflater
    for (let at = from; ;) {
      inflater.write(bytes, at, end, target.buffer, target.at + this.#filled, target.room - this.#filled)
      const { used, made } = inflater
      at += used
      this.#position += used
      this.#made += made
      this.#filled += made
      if (this.#made > this.#size) throw damaged('an object is longer than its head says')
      if (this.#filled === target.room && target.piece !== undefined) {
        target.piece(this.#filled)
        this.#filled = 0
        continue
      }
      // All input is used, and there was room for more: the stream may go on in the next piece.
      if (at === end) return at
      if (this.#made < this.#size) throw damaged('an object is shorter than its head says')
      if (this.#filled > 0) target.piece?.(this.#filled)
      target.done()
      this.#next()
      return at
    }
  }
}

/** The head of an object that begins at `offset` of a pack, or undefined where its first `length` bytes are not all of it. */
export function parseHead(head: Buffer, length: number, offset: number): ObjectHead | undefined {
  let at = 0
  let byte = head[at++] ?? 0
  const type = (byte >> 4) & 7
  let size = byte & 15
  for (let factor = 16; byte & 128; factor *= 128) {
    if (at >= length) return undefined
    byte = head[at++] ?? 0
    size += (byte & 127) * factor
  }
  if (size > Number.MAX_SAFE_INTEGER) throw damaged('an object is larger than any')
  if (type === objectType.offsetDelta) {
    let distance = -1
    do {
      if (at >= length) return undefined
      byte = head[at++] ?? 0
      distance = (distance + 1) * 128 + (byte & 127)
    } while (byte & 128)
    return { offset, type, size, length: at, baseOffset: offset - distance, baseId: undefined }
  }
  if (type === objectType.refDelta) {
    if (length < at + 20) return undefined
    const baseId = Buffer.from(head.subarray(at, at + 20))
    return { offset, type, size, length: at + 20, baseOffset: undefined, baseId }
  }
  if (type === 0 || type === 5) throw damaged(`an object is of type ${type}, which does not exist`)
  return { offset, type, size, length: at, baseOffset: undefined, baseId: undefined }
}

export function damaged(how: string): RefusedError {
  return new RefusedError(`the pack is damaged: ${how}`)
}
