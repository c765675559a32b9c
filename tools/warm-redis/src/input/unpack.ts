import { Readable } from 'node:stream'
import { builtin, RefusedError } from '@initbox/core'

type Packing = 'gzip' | 'zstd'

/** gzip (RFC 1952) and Zstandard (RFC 8878) by their first bytes, which no format of text begins with. */
function packingOf(first: Uint8Array): Packing | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
  if (first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd) return 'zstd'
  // What pzstd writes begins with a frame to skip.
  const isSkipped = ((first[0] ?? 0) & 0xf0) === 0x50 && first[1] === 0x2a && first[2] === 0x4d && first[3] === 0x18
  return isSkipped ? 'zstd' : undefined
}

/** The same pieces, unpacked where they are packed. Throws RefusedError for what cannot be unpacked. */
export async function* unpacked(pieces: AsyncIterable<Buffer>, source: string): AsyncGenerator<Buffer> {
  const iterator = pieces[Symbol.asyncIterator]()
  const first = await iterator.next()
  const rest: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => iterator }
  if (first.done === true) return
  const packing = packingOf(first.value)
  if (packing === undefined) {
    yield first.value
    yield* rest
    return
  }
  // Copied: the reader may overwrite a piece before the other thread has seen it.
  const packed = copies(first.value, rest)
  try {
    yield* packing === 'gzip' ? gunzipped(packed) : unframed(packed)
  } catch (error) {
    const isOurs = !(error instanceof Error) || !/^(Z_|ZSTD_|ERR_)/.test(String('code' in error ? error.code : ''))
    if (isOurs) throw error
    throw new RefusedError(`cannot unpack ${source}: ${error.message}`, {
      hint: 'it is damaged or not all there',
      cause: error,
    })
  } finally {
    // Not waited for, since a read may be under way.
    iterator.return?.().catch(() => {})
  }
}

async function* gunzipped(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpack = builtin('node:zlib').createGunzip()
  const packed = Readable.from(pieces, { objectMode: false })
  packed.on('error', (error) => unpack.destroy(error))
  packed.pipe(unpack)
  try {
    for await (const piece of unpack) yield piece as Buffer
  } finally {
    packed.destroy()
  }
}

/**
 * Frames that follow each other are one content (RFC 8878 §3.1), as `cat`, pzstd and log shippers make them; a stream of
 * node:zlib ends with the first of them, without a word of what is behind it.
 */
async function* unframed(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let left: Buffer | undefined
  for (let isMore = true; isMore;) {
    const stream = builtin('node:zlib').createZstdDecompress()
    const feed = async (): Promise<void> => {
      for (let given = 0; ;) {
        const bytes = left ?? (await pieces.next()).value
        left = undefined
        if (bytes === undefined) {
          isMore = false
          stream.end()
          return
        }
        given += bytes.length
        const failure = await new Promise((resolve) => stream.write(bytes, resolve))
        if (failure) return
        const unused = given - stream.bytesWritten
        if (unused > 0) {
          left = bytes.subarray(bytes.length - unused)
          return
        }
      }
    }
    const fed = feed().catch((error: unknown) => void stream.destroy(error as Error))
    for await (const piece of stream) yield piece as Buffer
    await fed
  }
}

async function* copies(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(first)
  for await (const piece of rest) yield Buffer.from(piece)
}
