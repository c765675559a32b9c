import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { unpacked } from './unpack.ts'

const words = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(index * 300))
/** RFC 8878 §3.1.2; pzstd begins with one. */
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function text(source: AsyncIterable<Buffer>): Promise<string> {
  const made: Buffer[] = []
  for await (const piece of unpacked(source, 'a file')) made.push(Buffer.from(piece))
  return Buffer.concat(made).toString()
}

test.each([
  ['members of gzip', words.map((word) => gzipSync(word))],
  ['frames of zstd', words.map((word) => zstdCompressSync(word))],
  ['frames of zstd with some to skip', [skippable, ...words.flatMap((word) => [zstdCompressSync(word), skippable])]],
])('%s that follow each other are one content, however they come', async (_, parts) => {
  for (const length of [5, 100, 1_000, 1_000_000])
    expect(await text(inPieces(Buffer.concat(parts), length))).toBe(words.join(''))
})

test.each([
  ['cut off', zstdCompressSync(words.join('')).subarray(0, -5)],
  ['followed by something else', Buffer.concat([zstdCompressSync('a'), Buffer.from('garbage!')])],
])('zstd that is %s is refused', async (_, bytes) => {
  for (const length of [5, 1_000_000])
    await expect(text(inPieces(bytes, length))).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('cannot unpack a file'),
    })
})

test('what goes wrong with the source is told, and a source that is no longer wanted is closed', async () => {
  let closed = 0
  const packed = zstdCompressSync(Buffer.alloc(3_000_000, words.join('')))
  const source = async function* (): AsyncGenerator<Buffer> {
    try {
      yield packed.subarray(0, 100)
      yield packed.subarray(100, -10)
      throw new Error('on purpose')
    } finally {
      closed++
    }
  }
  await expect(text(source())).rejects.toThrow('on purpose')
  for await (const _ of unpacked(source(), 'x')) break
  await expect.poll(() => closed).toBe(2)
})
