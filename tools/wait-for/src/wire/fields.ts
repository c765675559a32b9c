import { garbled } from '@initbox/net'

/** Reads the fields of one binary message in their order; a message that is too short for them is NotYet, never a crash. */
export class Fields {
  #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** How many bytes are not read yet. */
  get left(): number {
    return this.#bytes.length
  }

  take(length: number): Buffer {
    if (!(length >= 0 && length <= this.#bytes.length)) throw garbled('a message that ends too early')
    const head = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return head
  }

  /** An integer of 1 to 6 bytes, signed, big-endian (network order). */
  int(bytes: number): number {
    return this.take(bytes).readIntBE(0, bytes)
  }

  /** An unsigned integer of 1 to 6 bytes, little-endian. */
  uintLE(bytes: number): number {
    return this.take(bytes).readUIntLE(0, bytes)
  }

  text(length: number): string {
    return this.take(length).toString()
  }

  /** A text that ends with a NUL, which is skipped. */
  cString(): string {
    const end = this.#bytes.indexOf(0)
    const text = this.text(end)
    this.take(1)
    return text
  }
}
