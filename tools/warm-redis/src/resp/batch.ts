// A hot path: every record of a load passes through here, so bytes are moved by hand and nothing is made for each record.

/** Bytes after which a batch is sent. */
const full = 64 * 1024
/** Records after which a batch is sent. */
const most = 4_096
/** Pairs of one MSET: enough to save most replies, few enough that other clients are not kept waiting. */
const pairsOfOne = 128
const cr = 13
const lf = 10
const dollar = 36
const star = 42
/** Bytes before the pairs of an MSET that has as many as it may. */
const msetHead = `*${pairsOfOne * 2 + 1}\r\n$4\r\nMSET\r\n`.length
/** Up to so many bytes a loop is faster than a call of memmove. */
export const smallCopy = 48

/**
 * Commands in RESP for one node. An entry is what succeeds or fails as one: a command, an MSET of several records, or a
 * transaction; a record is what a line of the input says.
 */
export class Batch {
  bytes: Buffer = Buffer.allocUnsafeSlow(full + 16 * 1024)
  length = 0
  entries = 0
  records = 0
  /** Where each entry ends in `bytes`. */
  readonly ends = new Uint32Array(most)
  /** How many replies each entry gets. */
  readonly replies = new Uint16Array(most)
  /** The slot of each entry, always 0 outside of a Cluster. */
  readonly slots = new Uint16Array(most)
  /** The first record of each entry. */
  readonly firsts = new Uint32Array(most)
  /** Where each record stands in the input. */
  readonly positions = new Float64Array(most)
  /** The database in which it is meant, once `SELECT` commands of the input changed it. */
  database: number | undefined
  #msetStart = -1
  #pairs = 0

  get isFull(): boolean {
    return this.length >= full || this.records >= most - pairsOfOne
  }

  get isEmpty(): boolean {
    return this.entries === 0 && this.#pairs === 0
  }

  /** Where an entry begins in `bytes`. */
  startOf(entry: number): number {
    return entry === 0 ? 0 : (this.ends[entry - 1] as number)
  }

  /** How many records an entry has. */
  recordsOf(entry: number): number {
    return (
      (entry + 1 < this.entries ? (this.firsts[entry + 1] as number) : this.records) - (this.firsts[entry] as number)
    )
  }

  /** Makes room for so many bytes more. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.length + size, Math.min(this.bytes.length * 2, 2 ** 22)))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  /** Ends an entry of one record. */
  end(position: number, replies: number, slot: number): void {
    this.positions[this.records] = position
    this.firsts[this.entries] = this.records++
    this.#close(replies, slot)
  }

  /** Ends an entry of several records. */
  endAll(positions: readonly number[], replies: number, slot: number): void {
    this.positions.set(positions, this.records)
    this.firsts[this.entries] = this.records
    this.records += positions.length
    this.#close(replies, slot)
  }

  /** Begins a pair of an MSET; key and value follow as two bulk strings. */
  beginPair(): void {
    if (this.#msetStart >= 0) return
    this.#msetStart = this.length
    this.reserve(msetHead)
    this.length += msetHead
  }

  endPair(position: number): void {
    this.positions[this.records + this.#pairs++] = position
    if (this.#pairs === pairsOfOne) this.endPairs()
  }

  /** Ends the MSET that is being made, if there is one. */
  endPairs(): void {
    if (this.#msetStart < 0) return
    // One pair is a SET, which more users may send.
    const head = this.#pairs === 1 ? '*3\r\n$3\r\nSET\r\n' : `*${this.#pairs * 2 + 1}\r\n$4\r\nMSET\r\n`
    const start = this.#msetStart
    // Room was left for the largest count; a smaller one moves what follows.
    if (head.length < msetHead) this.bytes.copyWithin(start + head.length, start + msetHead, this.length)
    this.bytes.write(head, start, 'latin1')
    this.length -= msetHead - head.length
    this.firsts[this.entries] = this.records
    this.records += this.#pairs
    this.#msetStart = -1
    this.#pairs = 0
    this.#close(1, 0)
  }

  #close(replies: number, slot: number): void {
    this.ends[this.entries] = this.length
    this.replies[this.entries] = replies
    this.slots[this.entries++] = slot
  }

  /** Copies bytes that are RESP already. */
  raw(bytes: Buffer): void {
    const { bytes: to } = this
    let at = this.length
    for (let index = 0; index < bytes.length; index++) to[at++] = bytes[index] as number
    this.length = at
  }

  /** `*3\r\n` */
  words(count: number): void {
    this.bytes[this.length++] = star
    this.#line(count)
  }

  /** A bulk string of a piece of a buffer; room for it must be there. */
  bulk(from: Buffer, start: number, end: number): void {
    this.bytes[this.length++] = dollar
    this.#line(end - start)
    this.copy(from, start, end)
    this.bytes[this.length++] = cr
    this.bytes[this.length++] = lf
  }

  /** A bulk string of a prefix and a piece of a buffer. */
  prefixed(prefix: Buffer, from: Buffer, start: number, end: number): void {
    if (prefix.length === 0) return this.bulk(from, start, end)
    this.bytes[this.length++] = dollar
    this.#line(prefix.length + end - start)
    this.copy(prefix, 0, prefix.length)
    this.copy(from, start, end)
    this.bytes[this.length++] = cr
    this.bytes[this.length++] = lf
    return undefined
  }

  /** A bulk string that a number is written as. */
  number(value: number): void {
    this.bytes[this.length++] = dollar
    this.#line(digitsOf(value))
    this.#line(value)
  }

  /** Bytes as they are. */
  copy(from: Buffer, start: number, end: number): void {
    const { bytes: to } = this
    let at = this.length
    if (end - start > smallCopy) at += from.copy(to, at, start, end)
    else for (let index = start; index < end; index++) to[at++] = from[index] as number
    this.length = at
  }

  /** A number of digits without sign, and the end of the line. */
  #line(value: number): void {
    const { bytes: to } = this
    let at = this.length + digitsOf(value)
    to[at] = cr
    to[at + 1] = lf
    this.length = at + 2
    let rest = value
    do {
      const tenth = Math.floor(rest / 10)
      to[--at] = 48 + rest - tenth * 10
      rest = tenth
    } while (rest > 0)
  }

  /** Ready for other records; a buffer that grew beyond the usual is let go. */
  clear(): void {
    if (this.bytes.length > 4 * full) this.bytes = Buffer.allocUnsafeSlow(full + 16 * 1024)
    this.length = this.entries = this.records = 0
    this.database = undefined
  }
}

function digitsOf(value: number): number {
  let digits = 1
  for (let limit = 10; value >= limit; limit *= 10) digits++
  return digits
}
