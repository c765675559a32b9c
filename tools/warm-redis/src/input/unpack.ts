import { Readable } from 'node:stream'
import type { Transform } from 'node:stream'
import { builtin, RefusedError } from '@initbox/core'

type Packing = 'gzip' | 'zstd'

/** gzip (RFC 1952) and Zstandard (RFC 8878) by their first bytes, which no format of text begins with. */
function packingOf(first: Uint8Array): Packing | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
  if (first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd) return 'zstd'
  return undefined
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
  const zlib = builtin('node:zlib')
  const unpack: Transform = packing === 'gzip' ? zlib.createGunzip() : zlib.createZstdDecompress()
  // Copied: the reader may overwrite a piece before the other thread has seen it.
  const packed = Readable.from(copies(first.value, rest), { objectMode: false })
  packed.on('error', (error) => unpack.destroy(error))
  packed.pipe(unpack)
  try {
    for await (const piece of unpack) yield piece as Buffer
  } catch (error) {
    const isOurs = !(error instanceof Error) || !/^(Z_|ZSTD_|ERR_)/.test(String('code' in error ? error.code : ''))
    if (isOurs) throw error
    throw new RefusedError(`cannot unpack ${source}: ${error.message}`, {
      hint: 'it is damaged or not all there',
      cause: error,
    })
  } finally {
    packed.destroy()
  }
}

async function* copies(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(first)
  for await (const piece of rest) yield Buffer.from(piece)
}
