import type { Hash } from 'node:crypto'
import { builtin } from '@initbox/core'

const carriageReturn = 0x0d
const lineFeed = 0x0a
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const short = 16 * 1024

/** SHA-256 over a file that comes in pieces, the same for LF, CRLF and CR line ends and with or without a byte order mark. */
export class Checksum {
  #hash: Hash | undefined
  #only: Buffer | undefined
  #first = true
  #afterReturn = false

  /** The bytes are read before it returns; the buffer may be used again. */
  update(bytes: Buffer): void {
    if (bytes.length === 0) return
    let rest = bytes
    if (this.#first && rest.subarray(0, 3).equals(byteOrderMark)) rest = rest.subarray(3)
    if (this.#afterReturn && rest[0] === lineFeed) rest = rest.subarray(1)
    this.#afterReturn = bytes.at(-1) === carriageReturn
    if (rest.includes(carriageReturn)) rest = normalize(rest)
    if (this.#first && rest.length <= short) this.#only = Buffer.from(rest)
    else this.#long().update(rest)
    this.#first = false
  }

  /** In hexadecimal digits. */
  digest(): string {
    // Of thousands of short files each Hash would be an object of OpenSSL that stays until the next collection.
    return this.#hash?.digest('hex') ?? builtin('node:crypto').hash('sha256', this.#only ?? '', 'hex')
  }

  #long(): Hash {
    this.#hash ??= builtin('node:crypto')
      .createHash('sha256')
      .update(this.#only ?? '')
    return this.#hash
  }
}

function normalize(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1')
}
