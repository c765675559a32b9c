import { RefusedError, setV8Flags, systemCode, ToolError } from '@initbox/core'
import bzip2 from 'unbzip2-stream/lib/bzip2.js'
import type { Decoder, Out } from './decoder.ts'

/** What a block of 100,000 bytes, times the level, may take at most when it is compressed, with its tables. */
const longestBlock = (level: number): number => 25_000 + 100_000 * level

const outSize = 256 * 1_024

/**
 * bzip2 by the block decoder of unbzip2-stream, which is synchronous: it is called once a whole block is there. Several
 * streams may follow each other, as pbzip2 makes them, and NUL bytes the last one.
 */
export async function bzip2Decoder(out: Out): Promise<Decoder> {
  // Who keeps memory small may have switched this off, and here it is most of the time.
  setV8Flags('--turbofan')
  const bits = new Bits()
  const target = Buffer.allocUnsafe(outSize)
  let filled = 0
  const flush = (): void => {
    if (filled > 0) out(target.subarray(0, filled))
    filled = 0
  }
  const put = (byte: number): void => {
    target[filled++] = byte
    if (filled === outSize) flush()
  }
  let block = new Int32Array(0)
  /** Of the stream that is being read, or undefined between two. */
  let crc: number | undefined
  let hasStream = false

  const step = (): void => {
    if (crc === undefined) {
      const level = bzip2.header(bits.read)
      if (block.length !== level * 100_000) block = new Int32Array(level * 100_000)
      crc = 0
      hasStream = true
      return
    }
    crc = bzip2.decompress(bits.read, put, block, block.length, crc) ?? undefined
    // The next one waits for others to have their turn, and for the bytes to be used up.
    flush()
  }
  const decode = (needed: () => number): void => {
    while (bits.left >= needed()) {
      if (crc === undefined && hasStream && bits.skipZeros()) return
      run(step)
    }
  }
  return {
    write: async (bytes) => {
      bits.give(bytes)
      decode(() => (crc === undefined ? 64 : longestBlock(block.length / 100_000)))
    },
    end: async () => {
      decode(() => 1)
      if (crc !== undefined || !hasStream) throw damaged()
    },
    destroy: () => undefined,
  }
}

/** What the library throws is about the data; what the taker throws is its own. */
function run(step: () => void): void {
  try {
    step()
  } catch (error) {
    throw error instanceof ToolError || systemCode(error) !== undefined ? error : damaged(error)
  }
}

function damaged(cause?: unknown): RefusedError {
  return new RefusedError('the compressed data is no good: its bzip2 data is damaged or cut off', { cause })
}

/** Reads bits, the highest of each byte first. */
class Bits {
  /** What is left is moved to its beginning when there is no room behind it. */
  #bytes: Buffer = Buffer.alloc(2 << 20)
  #at = 0
  #end = 0
  /** The byte before, and how many of its bits are not read yet. */
  #byte = 0
  #rest = 0

  get left(): number {
    return this.#end - this.#at
  }

  give(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#bytes.length) {
      const larger = this.left + bytes.length > this.#bytes.length
      const target = larger ? Buffer.alloc(2 * (this.left + bytes.length)) : this.#bytes
      this.#bytes.copy(target, 0, this.#at, this.#end)
      this.#bytes = target
      this.#end -= this.#at
      this.#at = 0
    }
    bytes.copy(this.#bytes, this.#end)
    this.#end += bytes.length
  }

  /** Passes over NUL bytes; true where there is nothing else. */
  skipZeros(): boolean {
    while (this.left > 0 && this.#bytes[this.#at] === 0) this.#at++
    return this.left === 0
  }

  /** So many bits, 32 at most; `null` goes to the next whole byte. */
  readonly read = (count: number | null): number => {
    if (count === null) {
      this.#rest = 0
      return 0
    }
    let value = 0
    for (let missing = count; missing > 0;) {
      if (this.#rest === 0) {
        if (this.#at >= this.#end) throw damaged()
        this.#byte = this.#bytes[this.#at++] ?? 0
        this.#rest = 8
      }
      const taken = Math.min(missing, this.#rest)
      this.#rest -= taken
      value = (value << taken) | ((this.#byte >> this.#rest) & ((1 << taken) - 1))
      missing -= taken
    }
    return value
  }
}
