/**
 * Odd numbers that nobody outside knows: whoever writes a repository chooses its ids, and could make them collide. V8 seeds
 * its generator from the system's, and nothing that is made of it leaves the process; `node:crypto` costs 6 ms to load.
 */
const factors = Array.from({ length: 5 }, () => Math.floor(Math.random() * 2 ** 32) | 1)
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
