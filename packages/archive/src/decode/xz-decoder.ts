import { RefusedError, setV8Flags, ToolError } from '@initbox/core'
import { XzReadableStream } from 'xz-decompress'
import type { Decoder, Out } from './decoder.ts'

/**
 * xz by xz-embedded, compiled to WebAssembly (xz-decompress): Node has none. The library reads from a web stream and is
 * one; of the first it uses `getReader().read()` alone.
 */
export async function xzDecoder(out: Out): Promise<Decoder> {
  // Who keeps memory small may have switched this off, and here it halves the time.
  setV8Flags('--no-liftoff-only', '--wasm-tier-up', '--wasm-dynamic-tiering')
  const input = new Handover()
  const reader = new XzReadableStream(input.stream).getReader()
  let failure: unknown
  let isWhole = false
  const running = (async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        if (value.length > 0) out(Buffer.from(value.buffer, value.byteOffset, value.length))
      }
      isWhole = true
    } catch (error) {
      failure = error instanceof ToolError ? error : damaged(error)
    }
    input.stop()
  })()
  const check = (): void => {
    if (failure !== undefined) throw failure
  }
  return {
    write: async (bytes) => {
      check()
      if (isWhole) {
        if (bytes.some((byte) => byte !== 0)) throw new RefusedError('something follows the end of the xz data')
        return
      }
      await input.give(bytes)
      check()
    },
    end: async () => {
      if (!isWhole) input.end()
      await running
      check()
    },
    destroy: () => input.end(),
  }
}

function damaged(cause: unknown): RefusedError {
  return new RefusedError('the compressed data is no good: its xz data is damaged or cut off, or needs more memory', {
    cause,
  })
}

/** Hands one chunk after the other from who has them to who reads them. */
class Handover {
  #chunk: Buffer | undefined
  #ended = false
  #stopped = false
  #wakeReader: (() => void) | undefined
  #wakeGiver: (() => void) | undefined

  readonly stream = {
    getReader: () => ({ read: () => this.#read(), cancel: async () => undefined }),
  } as unknown as ReadableStream<Uint8Array>

  /** Done when the reader wants more, or nothing any more. */
  async give(bytes: Buffer): Promise<void> {
    if (this.#stopped) return
    this.#chunk = bytes
    await new Promise<void>((resolve) => {
      this.#wakeGiver = resolve
      this.#wakeReader?.()
    })
  }

  end(): void {
    this.#ended = true
    this.#wakeReader?.()
  }

  stop(): void {
    this.#stopped = true
    this.#wakeGiver?.()
  }

  async #read(): Promise<{ done: boolean; value: Uint8Array | undefined }> {
    // It asks again: what it got before is used up.
    const giver = this.#wakeGiver
    this.#wakeGiver = undefined
    if (this.#chunk === undefined) {
      giver?.()
      if (!this.#ended) await new Promise<void>((resolve) => (this.#wakeReader = resolve))
      this.#wakeReader = undefined
    } else this.#wakeGiver = giver
    const value = this.#chunk
    this.#chunk = undefined
    return { done: value === undefined, value }
  }
}
