import { RefusedError } from '@initbox/core'

/** Reads the strings and numbers of SSH's binary format (RFC 4251 §5). Throws RefusedError where they end early. */
export class SshReader {
  readonly #bytes: Buffer
  readonly #whose: string
  #at = 0

  constructor(bytes: Buffer, whose: string) {
    this.#bytes = bytes
    this.#whose = whose
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE()
  }

  string(): Buffer {
    return this.bytes(this.uint32())
  }

  text(): string {
    return this.string().toString('latin1')
  }

  /** A number without its sign byte: those in keys and signatures are positive. */
  number(): Buffer {
    const bytes = this.string()
    let zeros = 0
    while (bytes[zeros] === 0) zeros++
    return bytes.subarray(zeros)
  }

  bytes(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RefusedError(`${this.#whose} is cut off`)
    const found = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return found
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new RefusedError(`${this.#whose} has bytes after its end`)
  }
}

/** A string as it stands in that format. */
export function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
