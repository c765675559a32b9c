import { createHash } from 'node:crypto'

const carriageReturn = 0x0d
const lineFeed = 0x0a
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** SHA-256 over a file that comes in pieces, the same for LF, CRLF and CR line ends and with or without a byte order mark. */
export class Checksum {
  readonly #hash = createHash('sha256')
  #first = true
  #afterReturn = false

  update(bytes: Buffer): void {
    if (bytes.length === 0) return
    let rest = bytes
    if (this.#first && rest.subarray(0, 3).equals(byteOrderMark)) rest = rest.subarray(3)
    this.#first = false
    if (this.#afterReturn && rest[0] === lineFeed) rest = rest.subarray(1)
    this.#afterReturn = bytes.at(-1) === carriageReturn
    this.#hash.update(rest.includes(carriageReturn) ? normalize(rest) : rest)
  }

  /** In hexadecimal digits. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

function normalize(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1')
}
