import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { RefusedError } from '@initbox/core'
import { expect, test } from 'vitest'
import { kindOf } from '../kind.ts'
import { bzip2Decoder } from './bzip2-decoder.ts'

// Python's bz2 is the oracle: libbzip2 itself.
function bzip2(content: Buffer, level = 9): Buffer {
  const script = `import sys, bz2; sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read(), ${level}))`
  return execFileSync('python3', ['-c', script], { input: content, maxBuffer: 1 << 28 })
}

async function decode(bytes: Buffer, piece = 64 * 1_024): Promise<Buffer> {
  const parts: Buffer[] = []
  const decoder = await bzip2Decoder((out) => void parts.push(Buffer.from(out)))
  for (let at = 0; at < bytes.length; at += piece) await decoder.write(bytes.subarray(at, at + piece))
  await decoder.end()
  return Buffer.concat(parts)
}

const text = Buffer.from('the quick brown fox jumps over the lazy dog\n'.repeat(30_000))

test.each([
  ['nothing', Buffer.alloc(0), 9],
  ['one byte', Buffer.from('x'), 9],
  ['several blocks', text, 1],
  ['what does not compress', randomBytes(1_200_000), 9],
  ['long runs', Buffer.alloc(20_000_000, 'a'), 9],
  ['runs of four and their counts', Buffer.from('aaaa\u0000aaaaaaaa\u0004bbbb'.repeat(1_000)), 5],
])('%s', async (_what, content, level) => {
  const packed = bzip2(content, level)
  expect(kindOf(packed)).toBe('bzip2')
  expect((await decode(packed)).equals(content)).toBe(true)
})

test('byte by byte, several streams as pbzip2 makes them, and NUL bytes behind', async () => {
  const small = text.subarray(0, 5_000)
  const all = Buffer.concat([bzip2(small), bzip2(Buffer.alloc(0)), bzip2(small, 1), Buffer.alloc(700)])
  expect((await decode(all, 1)).equals(Buffer.concat([small, small]))).toBe(true)
})

test('whatever is wrong with it is refused, and never a shorter file', async () => {
  const good = bzip2(text.subarray(0, 50_000), 1)
  const bad = [
    ...Array.from({ length: 40 }, (_, at) => good.subarray(0, 1 + Math.floor((at * (good.length - 2)) / 40))),
    Buffer.concat([good, Buffer.from('garbage behind it, more than a header has')]),
    Buffer.concat([good, Buffer.from('x')]),
    Buffer.from('BZh0'),
  ]
  for (let at = 4; at < good.length; at++) {
    const flipped = Buffer.from(good)
    flipped[at] = (flipped[at] ?? 0) ^ 0x10
    bad.push(flipped)
  }
  const wrong: number[] = []
  for (const [index, bytes] of bad.entries()) {
    const result = await decode(bytes).catch((error: unknown) => error)
    // A bit that nothing depends on may be another one.
    const isFine =
      result instanceof RefusedError || (result instanceof Buffer && result.equals(text.subarray(0, 50_000)))
    if (!isFine) wrong.push(index)
  }
  expect(wrong).toEqual([])
})

test('what the taker throws comes through', async () => {
  const failing = await bzip2Decoder(() => {
    throw new RefusedError('too much')
  })
  await failing.write(bzip2(text))
  await expect(failing.end()).rejects.toThrow('too much')
})
