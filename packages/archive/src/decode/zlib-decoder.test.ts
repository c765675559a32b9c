import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decoders } from './decoders.ts'

const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => String(index * 7_919)).join(' '))

test.each([
  ['gzip', gzipSync(content)],
  ['zstd', zstdCompressSync(content)],
] as const)('%s: pieces that wait for each other become one, and are left as they were', async (kind, packed) => {
  const made: Buffer[] = []
  const decoder = await decoders[kind]((bytes) => void made.push(Buffer.from(bytes)))
  // Each with a memory of its own, which whoever read it from the network may still look into.
  const pieces = Array.from({ length: Math.ceil(packed.length / 20_000) }, (_, index) => {
    const piece = packed.subarray(index * 20_000, (index + 1) * 20_000)
    return Buffer.from(new Uint8Array(piece).buffer)
  })
  for (const piece of pieces) await decoder.write(piece)
  await decoder.end()
  expect(Buffer.concat(made).equals(content)).toBe(true)
  expect(Buffer.concat(pieces).equals(packed)).toBe(true)
})

/** RFC 8878 §3.1.2; pzstd and zstd:chunked write such before and between frames. */
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])

test.each([1, 7, 1_000, 65_536])(
  'frames of zstd that follow each other are one content, in pieces of %i bytes',
  async (length) => {
    const words = Array.from({ length: 60 }, (_, index) => 'word '.repeat(index * index))
    const frames = words.map((word, index) =>
      Buffer.concat([zstdCompressSync(word), index % 2 ? skippable : Buffer.alloc(0)]),
    )
    const packed = Buffer.concat([skippable, ...frames])
    const made: Buffer[] = []
    const decoder = await decoders.zstd((bytes) => void made.push(Buffer.from(bytes)))
    for (let at = 0; at < packed.length; at += length)
      await decoder.write(Buffer.from(packed.subarray(at, at + length)))
    await decoder.end()
    expect(Buffer.concat(made).toString()).toBe(words.join(''))
  },
)
