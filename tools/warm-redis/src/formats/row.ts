// A hot path: a row is a list of offsets, and only a field with doubled quotes is copied.

const [quote, lf, cr] = [34, 10, 13]

export type RowSettings = { readonly delimiter: number; readonly quoted: boolean }

/** Why a row cannot be read, and where the next one may begin. */
export type RowProblem = string

/** One row of RFC 4180, or of tab-separated text without quotes. */
export class Row {
  count = 0
  starts = new Int32Array(64)
  ends = new Int32Array(64)
  /** Which fields hold doubled quotes. */
  doubled = new Uint8Array(64)
  /** Line ends within the row and at its end. */
  lines = 0
  problem: RowProblem | undefined
  readonly #delimiter: number
  readonly #quoted: boolean

  constructor({ delimiter, quoted }: RowSettings) {
    this.#delimiter = delimiter
    this.#quoted = quoted
  }

  /** Reads the row at an offset; returns where the next begins, or -1 when this one is not all there. */
  read(bytes: Uint8Array, from: number, isLast: boolean): number {
    const { length } = bytes
    this.count = this.lines = 0
    this.problem = undefined
    for (let at = from; ; at++) {
      const field = this.#begin()
      let start = at
      if (this.#quoted && bytes[at] === quote) {
        start = at + 1
        for (at++; ; at++) {
          if (at >= length) {
            if (isLast) this.problem = 'a quote is not closed'
            return isLast ? length : -1
          }
          const byte = bytes[at] as number
          if (byte === lf) this.lines++
          if (byte !== quote) continue
          if (at + 1 >= length && !isLast) return -1
          if (bytes[at + 1] !== quote) break
          this.doubled[field] = 1
          at++
        }
        this.starts[field] = start
        this.ends[field] = at++
      } else {
        while (at < length && bytes[at] !== this.#delimiter && bytes[at] !== lf) {
          if (this.#quoted && bytes[at] === quote)
            this.problem ??= 'a quote stands within a field that has none around it'
          at++
        }
        this.starts[field] = start
        this.ends[field] = at
        if (at < length && bytes[at] === lf && at > start && bytes[at - 1] === cr) this.ends[field] = at - 1
      }
      if (at < length && bytes[at] === this.#delimiter) continue
      if (at < length && bytes[at] === cr) at++
      if (at >= length) return isLast ? length : -1
      if (bytes[at] !== lf) {
        this.problem ??= 'something follows a closing quote'
        const end = bytes.indexOf(lf, at)
        if (end < 0) return isLast ? length : -1
        at = end
      }
      this.lines++
      return at + 1
    }
  }

  /** Whether the row is an empty line. */
  get isEmpty(): boolean {
    return this.count === 1 && this.starts[0] === this.ends[0] && this.doubled[0] === 0
  }

  #begin(): number {
    if (this.count === this.starts.length) {
      this.starts = larger(this.starts, Int32Array)
      this.ends = larger(this.ends, Int32Array)
      this.doubled = larger(this.doubled, Uint8Array)
    }
    this.doubled[this.count] = 0
    return this.count++
  }
}

function larger<T extends Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  array: T,
  Kind: new (length: number) => T,
): T {
  const copy = new Kind(array.length * 2)
  copy.set(array)
  return copy
}

/** The bytes of a field with each doubled quote as one. */
export function undoubled(bytes: Uint8Array, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  let length = 0
  for (let at = start; at < end; at++) {
    copy[length++] = bytes[at] as number
    if (bytes[at] === quote) at++
  }
  return copy.subarray(0, length)
}
