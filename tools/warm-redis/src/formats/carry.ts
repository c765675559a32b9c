/** Puts what was left of one piece before the next, in one space that is used again and again. */
export class Carry {
  #space: Buffer = Buffer.allocUnsafeSlow(96 * 1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What was left, and the piece after it; good until the next call. */
  with(piece: Buffer): Buffer {
    if (this.#length === 0) return piece
    const length = this.#length + piece.length
    if (length > this.#space.length) {
      const larger = Buffer.allocUnsafeSlow(length * 2)
      this.#space.copy(larger, 0, 0, this.#length)
      this.#space = larger
    }
    this.#space.set(piece, this.#length)
    return this.#space.subarray(0, length)
  }

  /** Keeps the end of what `with` returned. */
  keep(bytes: Buffer, from: number): void {
    const length = bytes.length - from
    if (length > this.#space.length) this.#space = Buffer.from(bytes.subarray(from))
    else bytes.copy(this.#space, 0, from)
    this.#length = length
  }
}
