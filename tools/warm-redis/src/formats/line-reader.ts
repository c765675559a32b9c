import { formatBytes, RefusedError } from '@initbox/core'

const lf = 10
/** Bytes that are kept for the lines that lie across two pieces. */
const small = 16 * 1024

export type LineSettings = { readonly source: string; readonly maxRecord: number; readonly line: () => number }

/** Cuts a stream of bytes into runs of whole lines; only a line that lies across two pieces is copied. */
export class LineReader {
  readonly #settings: LineSettings
  readonly #lines: (bytes: Buffer, start: number, end: number) => void
  /** The beginning of a line whose end is still to come, in a space that is used again and again. */
  #rest: Buffer = Buffer.allocUnsafeSlow(small)
  #length = 0
  #first = true

  /** `lines` gets whole lines, each with its line end, but for the last of a source. */
  constructor(settings: LineSettings, lines: (bytes: Buffer, start: number, end: number) => void) {
    this.#settings = settings
    this.#lines = lines
  }

  feed(bytes: Buffer): void {
    let start = 0
    if (this.#length > 0) {
      const end = bytes.indexOf(lf) + 1
      this.#keep(bytes, 0, end === 0 ? bytes.length : end)
      if (end === 0) return
      this.#flush()
      start = end
    }
    const end = Math.max(bytes.lastIndexOf(lf) + 1, start)
    if (end > start) this.#run(bytes, start, end)
    if (end < bytes.length) this.#keep(bytes, end, bytes.length)
  }

  end(): void {
    if (this.#length > 0) this.#flush()
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#settings.maxRecord) {
      const { source, maxRecord, line } = this.#settings
      throw new RefusedError(`${source}:${line() + 1}: the line is longer than ${formatBytes(maxRecord)}`, {
        hint: '--max-record raises the limit; each record is held in memory whole',
      })
    }
    if (length > this.#rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, Math.min(this.#rest.length * 2, this.#settings.maxRecord)))
      this.#rest.copy(larger, 0, 0, this.#length)
      this.#rest = larger
    }
    bytes.copy(this.#rest, this.#length, start, end)
    this.#length = length
  }

  #flush(): void {
    const line = this.#rest
    const length = this.#length
    this.#length = 0
    this.#run(line, 0, length)
    if (line.length > 16 * small) this.#rest = Buffer.allocUnsafeSlow(small)
  }

  #run(bytes: Buffer, start: number, end: number): void {
    const bom = this.#first && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    this.#first = false
    this.#lines(bytes, bom ? start + 3 : start, end)
  }
}
