/**
 * One buffer that is used round and round: what is inflated into it is hashed and written from there, and stays readable
 * as the base of deltas until it is overwritten. Positions count from the beginning of time and never wrap.
 */
export class Ring {
  readonly buffer: Buffer
  #head = 0

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafeSlow(size)
  }

  /** Takes `length` bytes that lie side by side; returns their position. */
  take(length: number): number {
    const size = this.buffer.length
    const offset = this.#head % size
    const position = offset + length > size ? this.#head + size - offset : this.#head
    this.#head = position + length
    return position
  }

  /** Where in `buffer` a position lies. */
  offset(position: number): number {
    return position % this.buffer.length
  }

  /** Whether what was put at a position is still there. */
  holds(position: number): boolean {
    return position >= 0 && position >= this.#head - this.buffer.length
  }
}
