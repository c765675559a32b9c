import { isUtf8 } from 'node:buffer'
import type { Format, FormatContext, Reader } from './format.ts'
import { writeRecord, writeTemplated } from './json-record.ts'
import { RecordError } from './json-text.ts'
import { LineReader } from './line-reader.ts'
import { PlainLine } from './plain-line.ts'

/** One JSON object a line (https://github.com/ndjson/ndjson-spec); empty lines are passed over. */
export const ndjson: Format = {
  unit: 'line',
  verbatim: false,
  read: (context) => new NdjsonReader(context),
}

class NdjsonReader implements Reader {
  readonly #context: FormatContext
  readonly #lines: LineReader
  readonly #plain = new PlainLine()
  #line = 0

  constructor(context: FormatContext) {
    this.#context = context
    this.#lines = new LineReader({ ...context, line: () => this.#line }, (bytes, start, end) =>
      this.#read(bytes, start, end),
    )
  }

  feed(bytes: Buffer): void {
    this.#lines.feed(bytes)
  }

  end(): void {
    this.#lines.end()
  }

  #read(bytes: Buffer, start: number, end: number): void {
    const { records, base, key } = this.#context
    const plain = this.#plain
    // One look at all of it is cheaper than one at each line.
    const fast = key === undefined && isUtf8(bytes.subarray(start, end))
    for (let at = start; at < end;) {
      records.position = base + ++this.#line
      const next = fast ? plain.read(bytes, at, end) : -1
      if (next >= 0) {
        records.string(bytes, plain.keyStart, plain.keyEnd, bytes, plain.start, plain.end, plain.after)
        at = next
        continue
      }
      const lineEnd = bytes.indexOf(10, at)
      const stop = lineEnd < 0 || lineEnd >= end ? end : lineEnd
      this.#slow(bytes.subarray(at, stop))
      at = stop + 1
    }
  }

  #slow(bytes: Buffer): void {
    const { records, journal, key, value } = this.#context
    try {
      if (!isUtf8(bytes)) throw new RecordError('it is not UTF-8')
      const line = bytes.toString()
      if (line.trim() === '') return
      parse(line)
      if (/^\s*\[/.test(line)) throw new RecordError(`the line is an array, not an object; ${oneALine}`)
      if (key === undefined) writeRecord(line, records)
      else writeTemplated(line, records, key, value)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      journal.refuse(records.position, 'invalid', error.message)
    }
  }
}

const oneALine = "each record is an object on a line of its own, as jq -c '.[]' makes them of an array"

/** Throws a RecordError that tells where, and not what is there: V8's own words quote it. */
function parse(line: string): void {
  try {
    JSON.parse(line)
  } catch (error) {
    // Whole files of JSON are what other programs export.
    if (/^[[{]\s*$/.test(line)) throw new RecordError(oneALine)
    const [, place] = /position (\d+)/.exec(String(error)) ?? []
    throw new RecordError(`it is not JSON${place === undefined ? '' : ` at character ${Number(place) + 1}`}`)
  }
}
