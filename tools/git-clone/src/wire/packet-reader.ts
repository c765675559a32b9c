import { RefusedError } from '@initbox/core'

/** What a stream of packets is made of. Bytes of a pack are views that are good only during the call. */
export type PacketSink = {
  /** A whole line without its line end. Returning 'side-band' says that packets with a band follow. */
  readonly line: (text: string) => 'side-band' | void
  readonly flush: () => void
  /** Between two sections of a response. */
  readonly delimiter: () => void
  /** The bytes from `start` to `end` are the next ones of the pack. */
  readonly pack: (bytes: Buffer, start: number, end: number) => void
  /** What the server says when it fails. */
  readonly failure: (text: string) => void
}

/** The longest packet that the format knows. */
const LONGEST = 65_520
/** More words about progress than any server has, which was asked for none. */
const MOST_WORDS = 64 * 2 ** 20

/**
 * Splits a stream into packets (gitprotocol-common, gitprotocol-pack "side-band-64k"), whatever pieces it comes in. Packs
 * are handed on without a copy. Throws RefusedError for what is no such stream.
 */
export class PacketReader {
  readonly #sink: PacketSink
  #length = ''
  /** Bytes of the packet that are still to come. */
  #left = 0
  /** 0 is a line, -1 a packet whose band is still to come. */
  #band = 0
  #sideBand = false
  /** Bytes of words about progress. */
  #words = 0
  #pieces: Buffer[] = []

  constructor(sink: PacketSink) {
    this.#sink = sink
  }

  /** Whether the stream stands between two packets. */
  get atRest(): boolean {
    return this.#left === 0 && this.#length === ''
  }

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#left === 0) at = this.#begin(bytes, at)
      else if (this.#band === -1) {
        this.#band = bytes[at++] ?? 0
        this.#left--
        if (this.#left === 0 && this.#band !== 1) this.#finish()
      } else {
        const end = Math.min(bytes.length, at + this.#left)
        if (this.#band === 1) this.#sink.pack(bytes, at, end)
        // Copied, since the memory of what is pushed is given back.
        else this.#pieces.push(Buffer.from(bytes.subarray(at, end)))
        this.#left -= end - at
        at = end
        if (this.#left === 0 && this.#band !== 1) this.#finish()
      }
    }
  }

  #begin(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + 4 - this.#length.length)
    this.#length += bytes.toString('latin1', at, end)
    if (this.#length.length < 4) return end
    const length = /^[\da-f]{4}$/i.test(this.#length) ? Number.parseInt(this.#length, 16) : 3
    if (length === 3 || length > LONGEST) {
      const seen = JSON.stringify(this.#length)
      throw new RefusedError(`the server does not speak git: ${seen} begins no packet`, {
        hint: 'does the URL lead to a repository, or to a web page?',
      })
    }
    this.#length = ''
    if (length === 0) this.#sink.flush()
    else if (length === 1) this.#sink.delimiter()
    else if (length > 2) {
      this.#left = length - 4
      this.#band = this.#sideBand ? -1 : 0
      if (this.#left === 0) this.#finish()
    }
    return end
  }

  #finish(): void {
    const [only = Buffer.alloc(0), ...more] = this.#pieces
    const text = (more.length === 0 ? only : Buffer.concat(this.#pieces)).toString('utf8').replace(/\n$/, '')
    this.#pieces = []
    if (this.#band === 0) {
      if (text.startsWith('ERR ')) this.#sink.failure(text.slice(4))
      else if (this.#sink.line(text) === 'side-band') this.#sideBand = true
    } else if (this.#band === 3) this.#sink.failure(text)
    else if ((this.#words += text.length) > MOST_WORDS) throw new RefusedError('the server talks, and sends no pack')
    else if (this.#band > 3) throw new RefusedError(`the server sent side-band ${this.#band}, which does not exist`)
  }
}
