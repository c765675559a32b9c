import { keySlot } from '../redis/key-slot.ts'
import type { Batch } from '../resp/batch.ts'
import type { Position } from '../input/origins.ts'
import { type Collection, collectionCommands } from './collection.ts'
import { type Expiry, spread } from './expiry.ts'

/** Takes what the formats read; a loader, or something that only looks. */
export type RecordTarget = {
  batch(slot: number): Batch
  /** Told after each record whose batch is full. */
  full(slot: number): void
  /** Whether several strings may go out as one MSET. */
  readonly msets: boolean
}

/** What becomes of a key that is there already: it is written, left alone, or must be there. */
export type Existing = 'overwrite' | 'skip' | 'require'

export type RecordSettings = {
  readonly prefix: Buffer
  /** Milliseconds, 0 for ever. */
  readonly ttl: number
  /** 0 to 1. */
  readonly jitter: number
  readonly existing: Existing
  /** Whether hashes, sets and sorted sets take the place of what is there instead of adding to it. */
  readonly replace: boolean
  /** Whether it matters to which slot a key belongs. */
  readonly sharded: boolean
}

const set = Buffer.from('$3\r\nSET\r\n')
const ex = Buffer.from('$2\r\nEX\r\n')
const px = Buffer.from('$2\r\nPX\r\n')
const pxat = Buffer.from('$4\r\nPXAT\r\n')
const conditions = { skip: Buffer.from('$2\r\nNX\r\n'), require: Buffer.from('$2\r\nXX\r\n') }
/** Room for all words of a SET but its key and value. */
const roomOfSet = 160

/** Writes records as commands into the batches of their nodes. */
export class Records {
  /** Where the record stands that is being read. */
  position: Position = 0
  read = 0
  readonly #target: RecordTarget
  readonly #settings: RecordSettings
  readonly #plain: boolean

  constructor(target: RecordTarget, settings: RecordSettings) {
    this.#target = target
    this.#settings = settings
    this.#plain = settings.ttl === 0 && settings.existing === 'overwrite'
  }

  /** A string whose key and value lie in buffers. The hot path: nothing is made here. */
  string(
    keyBytes: Buffer,
    keyStart: number,
    keyEnd: number,
    bytes: Buffer,
    start: number,
    end: number,
    after = 0,
    at = 0,
  ): void {
    this.read++
    if (after > 0 || at > 0 || !this.#plain || !this.#target.msets) {
      return this.#set(keyBytes, keyStart, keyEnd, bytes, start, end, after, at)
    }
    const { prefix } = this.#settings
    const batch = this.#target.batch(0)
    batch.reserve(prefix.length + keyEnd - keyStart + end - start + roomOfSet)
    batch.beginPair()
    batch.prefixed(prefix, keyBytes, keyStart, keyEnd)
    batch.bulk(bytes, start, end)
    batch.endPair(this.position)
    if (batch.isFull) this.#target.full(0)
    return undefined
  }

  #set(
    keyBytes: Buffer,
    keyStart: number,
    keyEnd: number,
    bytes: Buffer,
    start: number,
    end: number,
    own: number,
    at: number,
  ): void {
    const { prefix, ttl, jitter, existing } = this.#settings
    const slot = this.#slot(keyBytes, keyStart, keyEnd)
    const batch = this.#target.batch(slot)
    batch.endPairs()
    batch.reserve(prefix.length + keyEnd - keyStart + end - start + roomOfSet)
    const after = at > 0 ? 0 : own > 0 ? own : ttl
    batch.words(3 + (at > 0 || after > 0 ? 2 : 0) + (existing === 'overwrite' ? 0 : 1))
    batch.raw(set)
    batch.prefixed(prefix, keyBytes, keyStart, keyEnd)
    batch.bulk(bytes, start, end)
    if (at > 0) {
      batch.raw(pxat)
      batch.number(at)
    } else if (after > 0) {
      const time = spread(after, jitter)
      const whole = time % 1000 === 0
      batch.raw(whole ? ex : px)
      batch.number(whole ? time / 1000 : time)
    }
    if (existing !== 'overwrite') batch.raw(conditions[existing])
    batch.end(this.position, 1, slot)
    if (batch.isFull) this.#target.full(slot)
  }

  /** A hash, list, set or sorted set; `members` is never empty. */
  collection(type: Collection, key: Buffer, members: readonly Buffer[], expiry?: Expiry): void {
    this.read++
    const { prefix, ttl, jitter, existing, replace, sharded } = this.#settings
    const whole = prefix.length === 0 ? key : Buffer.concat([prefix, key])
    const times = expiry ?? (ttl > 0 ? { after: ttl } : undefined)
    const drawn = times !== undefined && 'after' in times ? { after: spread(times.after, jitter) } : times
    const commands = collectionCommands(type, whole, members, { existing, replace, expiry: drawn })
    const slot = sharded ? keySlot(whole) : 0
    const batch = this.#target.batch(slot)
    batch.endPairs()
    for (const each of commands) {
      batch.reserve(each.length)
      batch.copy(each, 0, each.length)
    }
    batch.end(this.position, commands.length, slot)
    if (batch.isFull) this.#target.full(slot)
  }

  /** Key and value of a plain SET of the user's own, as two bulk strings: runs of them go out as MSET, as those of `string` do. */
  pair(bytes: Buffer, start: number, end: number): void {
    this.read++
    const { msets } = this.#target
    const batch = this.#target.batch(0)
    batch.reserve(end - start + roomOfSet)
    if (msets) batch.beginPair()
    else {
      batch.endPairs()
      batch.words(3)
      batch.raw(set)
    }
    batch.copy(bytes, start, end)
    if (msets) batch.endPair(this.position)
    else batch.end(this.position, 1, 0)
    if (batch.isFull) this.#target.full(0)
  }

  /** A command of the user's own, as it is; `slot` is that of its key. */
  raw(bytes: Buffer, start: number, end: number, slot: number): void {
    this.read++
    const batch = this.#target.batch(slot)
    batch.endPairs()
    batch.reserve(end - start)
    batch.copy(bytes, start, end)
    batch.end(this.position, 1, slot)
    if (batch.isFull) this.#target.full(slot)
  }

  #slot(bytes: Buffer, start: number, end: number): number {
    const { prefix, sharded } = this.#settings
    if (!sharded) return 0
    return prefix.length === 0
      ? keySlot(bytes, start, end)
      : keySlot(Buffer.concat([prefix, bytes.subarray(start, end)]))
  }
}
