// A hot path: one short reply for each command of a load.
import { RefusedError } from '@initbox/core'

/** Told of each whole reply in the order in which they come. */
export type ReplyListener = {
  /** So many replies that say "done". */
  done(count: number): void
  /** A null: the condition of the command was not met. */
  nothing(): void
  /** An error reply, or a reply with one inside of it, without its `-`. */
  failed(message: string): void
}

const [cr, lf, plus, minus, colon, dollar, star] = [13, 10, 43, 45, 58, 36, 42]
const letterO = 79
const letterK = 75
/** Longest line that a server may send: its own errors are far shorter. */
const longestLine = 64 * 1024
const deepest = 64

/** Reads RESP 2 (https://redis.io/docs/latest/develop/reference/protocol-spec) in pieces of any size. */
export class ReplyReader {
  readonly #listener: ReplyListener
  /** What is left of a line that a piece cut. */
  #line = ''
  /** Bytes of a bulk string that are still to come, with its line end. */
  #skip = 0
  /** How many members each open array still has, outermost first. */
  readonly #open: number[] = []
  #error: string | undefined
  #null = false

  constructor(listener: ReplyListener) {
    this.#listener = listener
  }

  /** Throws RefusedError for what is no RESP. */
  feed(bytes: Uint8Array): void {
    const { length } = bytes
    let at = 0
    while (at < length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, length - at)
        at += skipped
        this.#skip -= skipped
        if (this.#skip === 0) this.#value()
        continue
      }
      if (this.#line === '' && this.#open.length === 0) {
        let count = 0
        while (
          at + 4 < length &&
          bytes[at] === plus &&
          bytes[at + 1] === letterO &&
          bytes[at + 2] === letterK &&
          bytes[at + 3] === cr &&
          bytes[at + 4] === lf
        ) {
          count++
          at += 5
        }
        if (count > 0) {
          this.#listener.done(count)
          continue
        }
      }
      const end = bytes.indexOf(lf, at)
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset + at, (end < 0 ? length : end + 1) - at)
      // Told at once: what is no RESP may never have a line end.
      if (this.#line === '') check(piece[0] as number)
      this.#line += piece.toString('latin1')
      if (this.#line.length > longestLine) throw garbled('a line without an end')
      at += piece.length
      if (end < 0) return
      const line = this.#line
      this.#line = ''
      this.#whole(line)
    }
  }

  #whole(line: string): void {
    if (!line.endsWith('\r\n')) throw garbled('a line that does not end in CR LF')
    const kind = line.charCodeAt(0)
    const text = line.slice(1, -2)
    if (kind === minus) {
      this.#error ??= Buffer.from(text, 'latin1').toString()
      return this.#value()
    }
    if (kind === plus) return this.#value()
    if (!/^-?\d{1,19}$/.test(text)) throw garbled('a number that is none')
    if (kind === colon) return this.#value()
    const count = Number(text)
    if (count < 0) {
      this.#null ||= this.#open.length === 0
      return this.#value()
    }
    if (kind === dollar) {
      if (count > 2 ** 30) throw garbled('a length that cannot be')
      this.#skip = count + 2
      return undefined
    }
    if (count === 0) return this.#value()
    if (this.#open.length === deepest) throw garbled('too many lists within each other')
    this.#open.push(count)
    return undefined
  }

  /** A value ended, and with it perhaps lists that it is the last member of. */
  #value(): void {
    for (let inner = this.#open.length - 1; inner >= 0; inner--) {
      const left = (this.#open[inner] as number) - 1
      this.#open[inner] = left
      if (left > 0) return
      this.#open.pop()
    }
    const error = this.#error
    const isNull = this.#null
    this.#error = undefined
    this.#null = false
    if (error !== undefined) this.#listener.failed(error)
    else if (isNull) this.#listener.nothing()
    else this.#listener.done(1)
  }
}

function check(kind: number): void {
  if (kind !== plus && kind !== minus && kind !== colon && kind !== dollar && kind !== star) {
    throw garbled(`a reply that begins with the byte ${kind}`)
  }
}

function garbled(what: string): RefusedError {
  return new RefusedError(`the server does not speak the protocol of Redis: ${what}`, {
    hint: 'is it the right port, and rediss:// where the server wants TLS?',
  })
}
