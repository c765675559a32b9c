import type { Transform } from 'node:stream'
import { RefusedError, systemCode } from '@initbox/core'
import { type Decoder, type Out, release } from './decoder.ts'

/** A stream of node:zlib. */
export type ZlibStream = Transform & { readonly bytesWritten: number }

/** As much as one call makes; fewer calls, more memory. */
export const chunkSize = 512 * 1024

type Settings = {
  /** For messages: `gzip`. */
  readonly name: string
  /** Whether NUL bytes may follow, as tapes and some programs pad. */
  readonly padding?: boolean
  /** Whether what follows the end is more of the same; node:zlib sees to that itself for gzip only. */
  readonly frames?: boolean
}

/** So many bytes may wait for their turn: the network and the decompression then go on at the same time. */
const mostWaiting = 256 * 1024

/** A decoder on a stream of node:zlib, which works on another thread while we read what comes next and write what it made before. */
export class ZlibDecoder implements Decoder {
  readonly #make: () => ZlibStream
  readonly #out: Out
  readonly #settings: Settings
  #stream: ZlibStream
  /** Not used up yet; the first one is with the stream while that is busy. */
  readonly #waiting: Buffer[] = []
  #length = 0
  #busy = false
  /** Given to this stream. */
  #fed = 0
  /** The stream has seen the end of the compressed data. */
  #finished = false
  #failure: unknown
  #wake: (() => void) | undefined

  constructor(make: () => ZlibStream, out: Out, settings: Settings) {
    this.#make = make
    this.#out = out
    this.#settings = settings
    this.#stream = this.#open()
  }

  #open(): ZlibStream {
    const stream = this.#make()
    // Later, so that the other thread gets its next work before we write what it made.
    stream.on('data', (chunk: Buffer) => queueMicrotask(() => this.#take(stream, chunk)))
    stream.on('error', (error) => this.#fail(this.#explain(error)))
    stream.on('end', () => {
      this.#finished = true
      // A stream that has enough just ends, with what it was given last only partly used.
      if (this.#busy) this.#used(this.#fed - stream.bytesWritten)
      this.#wake?.()
    })
    return stream
  }

  /** Done when there is room for more; these bytes may be used later. */
  async write(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes)
    this.#length += bytes.length
    this.#feed()
    await this.#until(() => this.#length < mostWaiting)
  }

  async end(): Promise<void> {
    await this.#until(() => this.#length === 0)
    if (!this.#finished) this.#stream.end()
    await this.#until(() => this.#finished)
  }

  destroy(): void {
    this.#stream.destroy()
  }

  #feed(): void {
    const [first] = this.#waiting
    if (first === undefined || this.#busy || this.#failure !== undefined) return
    // One call for all that waits. The pieces are not ours to release: the parser of the answer may still be in them.
    const bytes = this.#waiting.length === 1 ? first : Buffer.concat(this.#waiting)
    this.#waiting.splice(0, Infinity, bytes)
    this.#busy = true
    if (this.#finished && !this.#goesOn(bytes)) {
      this.#used(0)
      return
    }
    this.#fed += bytes.length
    const stream = this.#stream
    stream.write(bytes, () => {
      // A stream that has found the end of its frame said before how much of this is left, and may call back all the same.
      if (stream === this.#stream && !this.#finished) this.#used(0)
    })
  }

  /** The stream is done with the first of those that wait, but for so many bytes at its end. */
  #used(left: number): void {
    const bytes = this.#waiting.shift() ?? Buffer.alloc(0)
    this.#length -= bytes.length - left
    if (left > 0) this.#waiting.unshift(bytes.subarray(bytes.length - left))
    this.#busy = false
    this.#feed()
    this.#wake?.()
  }

  /** Whether these bytes behind the end are more of the same: then there is a new stream for them. */
  #goesOn(bytes: Buffer): boolean {
    const { name, padding = false, frames = false } = this.#settings
    if (padding && bytes.every((byte) => byte === 0)) return false
    if (frames) {
      this.#stream = this.#open()
      this.#finished = false
      this.#fed = 0
      return true
    }
    this.#fail(new RefusedError(`something that is no ${name} follows the end of the compressed data`))
    return false
  }

  #take(stream: ZlibStream, chunk: Buffer): void {
    if (this.#failure !== undefined) return
    try {
      this.#out(chunk)
      release(chunk)
    } catch (error) {
      this.#fail(error)
      stream.destroy()
    }
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (this.#failure === undefined && !isReached()) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure !== undefined) throw this.#failure
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#wake?.()
  }

  #explain(error: unknown): unknown {
    const code = systemCode(error)
    if (error !== undefined && code === undefined) return error
    const isCut = error === undefined || code === 'Z_BUF_ERROR' || /unexpected end of file/.test(String(error))
    const why = isCut
      ? 'it is cut off'
      : `its ${this.#settings.name} data is damaged (${error instanceof Error ? error.message : code})`
    return new RefusedError(`the compressed data is no good: ${why}`, { cause: error })
  }
}
