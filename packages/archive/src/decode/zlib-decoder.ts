import type { Transform } from 'node:stream'
import { RefusedError, systemCode } from '@initbox/core'
import { type Decoder, type Out, release } from './decoder.ts'

/** A stream of node:zlib. */
export type ZlibStream = Transform & { readonly bytesWritten: number }

/** As much as one call makes; fewer calls, more memory. */
export const chunkSize = 128 * 1024

type Settings = {
  /** For messages: `gzip`. */
  readonly name: string
  /** Whether NUL bytes may follow, as tapes and some programs pad. */
  readonly padding?: boolean
  /** Whether what follows the end is more of the same; node:zlib sees to that itself for gzip only. */
  readonly frames?: boolean
}

/** A decoder on a stream of node:zlib, which works on another thread while we write what it made before. */
export class ZlibDecoder implements Decoder {
  readonly #make: () => ZlibStream
  readonly #out: Out
  readonly #settings: Settings
  #stream: ZlibStream
  #fed = 0
  #finished = false
  #failure: unknown
  #settle: (() => void) | undefined

  constructor(make: () => ZlibStream, out: Out, settings: Settings) {
    this.#make = make
    this.#out = out
    this.#settings = settings
    this.#stream = this.#open()
  }

  #open(): ZlibStream {
    const stream = this.#make()
    stream.on('data', (chunk: Buffer) => {
      if (this.#failure !== undefined) return
      try {
        this.#out(chunk)
      } catch (error) {
        this.#fail(error)
        stream.destroy()
        return
      }
      release(chunk)
    })
    stream.on('error', (error) => this.#fail(this.#explain(error)))
    stream.on('end', () => {
      this.#finished = true
      this.#settle?.()
    })
    return stream
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#finished) {
      await this.#follow(bytes)
      return
    }
    this.#fed += bytes.length
    // A stream that has enough calls nobody back, it just ends.
    await this.#until((done) => this.#stream.write(bytes, () => done()))
    if (this.#finished) await this.#follow(bytes.subarray(bytes.length - (this.#fed - this.#stream.bytesWritten)))
  }

  async end(): Promise<void> {
    if (!this.#finished) await this.#until(() => this.#stream.end())
    if (!this.#finished) throw this.#explain(undefined)
  }

  destroy(): void {
    this.#stream.destroy()
  }

  async #follow(rest: Buffer): Promise<void> {
    const { name, padding = false, frames = false } = this.#settings
    if (rest.length === 0 || (padding && rest.every((byte) => byte === 0))) return
    if (!frames) throw new RefusedError(`something that is no ${name} follows the end of the compressed data`)
    this.#stream = this.#open()
    this.#finished = false
    this.#fed = 0
    await this.write(rest)
  }

  async #until(act: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#settle = resolve
      if (this.#failure !== undefined || this.#finished) resolve()
      else act(resolve)
    })
    this.#settle = undefined
    if (this.#failure !== undefined) throw this.#failure
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#settle?.()
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
