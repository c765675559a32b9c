import { randomBytes } from 'node:crypto'

/** Odd numbers that nobody outside knows: whoever writes a repository chooses its ids, and could make them collide. */
const factors = Array.from({ length: 5 }, () => randomBytes(4).readUInt32LE() | 1)
const [first = 1, second = 1, third = 1, fourth = 1, fifth = 1] = factors

/** A number of 32 bits for the id that stands at `at` of `bytes`, for tables in memory. */
export function idHash(bytes: Buffer, at: number): number {
  const sum =
    Math.imul(bytes.readInt32LE(at), first) +
    Math.imul(bytes.readInt32LE(at + 4), second) +
    Math.imul(bytes.readInt32LE(at + 8), third) +
    Math.imul(bytes.readInt32LE(at + 12), fourth) +
    Math.imul(bytes.readInt32LE(at + 16), fifth)
  return (sum ^ (sum >>> 16)) >>> 0
}
