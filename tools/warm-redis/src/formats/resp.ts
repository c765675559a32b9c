// A hot path: what is RESP already is only looked at, and copied.
import { formatBytes, formatCount, RefusedError } from '@initbox/core'
import { wordsAt } from '../resp/words.ts'
import { Carry } from './carry.ts'
import type { Format, FormatContext, Reader } from './format.ts'
import { RecordError } from './json-text.ts'
import { isRecord, slotOf } from './user-command.ts'

const [star, dollar, cr, lf, zero, nine, backslash] = [42, 36, 13, 10, 48, 57, 92]
/** Redis's own limit of words in a command. */
const mostWords = 1024 * 1024
/** Digits of the longest number that is read. */
const mostDigits = 10

/** Commands as they go over the wire, as made for `redis-cli --pipe`. Nothing is sent of a command that is not whole. */
export const resp: Format = {
  unit: 'command',
  verbatim: true,
  read: (context) => new RespReader(context),
}

class RespReader implements Reader {
  readonly #context: FormatContext
  readonly #rest = new Carry()
  #count = 0
  /** Offset in the source of what `#rest` begins with. */
  #offset = 0
  /** Where the number ends that was read last. */
  #next = 0

  constructor(context: FormatContext) {
    this.#context = context
  }

  feed(piece: Buffer): void {
    const bytes = this.#rest.with(piece)
    let at = 0
    while (at < bytes.length) {
      const end = this.#command(bytes, at)
      if (end < 0) break
      this.#write(bytes, at, end)
      at = end
    }
    const { maxRecord } = this.#context
    if (bytes.length - at > maxRecord)
      throw this.#wrong(at, `it is longer than ${formatBytes(maxRecord)}`, '--max-record')
    this.#rest.keep(bytes, at)
    this.#offset += at
  }

  end(): void {
    if (this.#rest.length > 0) throw this.#wrong(this.#rest.length, 'the input ends in the middle of it')
  }

  /** Where the command ends that begins at an offset, or -1 when it is not all there. */
  #command(bytes: Buffer, start: number): number {
    if (bytes[start] !== star) {
      throw this.#wrong(start, "it does not begin with '*'", 'commands:PATH reads one command of redis-cli a line')
    }
    const words = this.#number(bytes, start + 1, mostWords)
    if (words < 0) return -1
    if (words === 0) throw this.#wrong(start, 'it has no words')
    let at = this.#next
    for (let word = 0; word < words; word++) {
      if (at >= bytes.length) return -1
      if (bytes[at] !== dollar) throw this.#wrong(at, "a word does not begin with '$'")
      const length = this.#number(bytes, at + 1, this.#context.maxRecord)
      if (length < 0) return -1
      const end = this.#next + length
      if ((end < bytes.length && bytes[end] !== cr) || (end + 1 < bytes.length && bytes[end + 1] !== lf)) {
        throw this.#wrong(end, 'a word is not as long as it says')
      }
      if (end + 2 > bytes.length) return -1
      at = end + 2
    }
    return at
  }

  /** A number and its line end, or -1 when it is not all there. */
  #number(bytes: Buffer, from: number, most: number): number {
    let value = 0
    let at = from
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte < zero || byte > nine) break
      value = value * 10 + byte - zero
      if (at - from > mostDigits) throw this.#wrong(from, 'a number is too long')
    }
    if (at >= bytes.length) return -1
    if (at > from && bytes[at] === lf) throw this.#wrong(at, 'a length ends in LF alone, not in CR LF')
    if (at > from && bytes[at] === backslash) {
      throw this.#wrong(at, "it holds '\\r\\n' as text", "printf '%b' makes bytes of them")
    }
    if (at === from || bytes[at] !== cr) throw this.#wrong(from, 'a length is no number')
    if (at + 1 >= bytes.length) return -1
    if (bytes[at + 1] !== lf) throw this.#wrong(at, 'a length does not end in CR LF')
    if (value > most)
      throw this.#wrong(from, `a length is larger than ${formatCount(most)}`, '--max-record raises the limit')
    this.#next = at + 2
    return value
  }

  #write(bytes: Buffer, start: number, end: number): void {
    const { records, journal, base, sharded, database } = this.#context
    records.position = base + ++this.#count
    // What nearly all of them are.
    if (!sharded && isSet(bytes, start)) return records.pair(bytes, start + setHead.length, end)
    try {
      const { words } = wordsAt(bytes, start)
      if (!isRecord(words, database)) return undefined
      return records.raw(bytes, start, end, sharded ? slotOf(words) : 0)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      return journal.refuse(records.position, 'invalid', error.message)
    }
  }

  #wrong(at: number, why: string, hint?: string): RefusedError {
    const command = formatCount(this.#count + 1)
    const place = `${this.#context.source}: command ${command} at byte ${formatCount(this.#offset + at)}`
    return new RefusedError(`${place} is not RESP: ${why}`, { hint })
  }
}

const setHead = Buffer.from('*3\r\n$3\r\nSET\r\n')

/** Whether a command is SET with a key and a value and nothing else. */
function isSet(bytes: Buffer, start: number): boolean {
  for (let at = 0; at < setHead.length; at++) {
    const byte = bytes[start + at] as number
    // Letters may be small.
    if (byte !== setHead[at] && (at < 8 || at > 10 || byte - 32 !== setHead[at])) return false
  }
  return true
}
