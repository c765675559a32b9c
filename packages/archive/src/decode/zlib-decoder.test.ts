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
