import { roundConstants, startValues } from './sha256-constants.ts'

const schedule = new Int32Array(64)

/**
 * SHA-256 (FIPS 180-4) of a short text in hexadecimal digits, where loading `node:crypto` would cost more than the work:
 * a folder of small files is hashed at every start.
 */
export function sha256(content: Uint8Array): string {
  const state = Int32Array.from(startValues)
  const blocks = (content.length + 72) >> 6
  const padded = Buffer.alloc(blocks * 64)
  padded.set(content)
  padded[content.length] = 0x80
  padded.writeUInt32BE(content.length * 8, padded.length - 4)
  for (let at = 0; at < padded.length; at += 64) addBlock(state, padded, at)
  const digest = Buffer.alloc(32)
  for (const [index, word] of state.entries()) digest.writeInt32BE(word, index * 4)
  return digest.toString('hex')
}

function addBlock(state: Int32Array, bytes: Buffer, at: number): void {
  const w = schedule
  for (let i = 0; i < 16; i++) w[i] = bytes.readInt32BE(at + i * 4)
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number
    const y = w[i - 2] as number
    w[i] =
      (w[i - 16] as number) +
      (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) +
      (w[i - 7] as number) +
      (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const one =
      (h +
        (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
        ((e & f) ^ (~e & g)) +
        (roundConstants[i] as number) +
        (w[i] as number)) |
      0
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] as number) + word
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
