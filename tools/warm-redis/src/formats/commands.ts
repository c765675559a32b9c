import { command } from '../resp/words.ts'
import type { Format, FormatContext, Reader } from './format.ts'
import { RecordError } from './json-text.ts'
import { LineReader } from './line-reader.ts'
import { splitWords } from './quoting.ts'
import { isRecord, slotOf } from './user-command.ts'

/** One command a line, in the words of redis-cli; empty lines are passed over. */
export const commands: Format = {
  unit: 'line',
  verbatim: true,
  read: (context) => new CommandsReader(context),
}

class CommandsReader implements Reader {
  readonly #context: FormatContext
  readonly #lines: LineReader
  #line = 0

  constructor(context: FormatContext) {
    this.#context = context
    this.#lines = new LineReader({ ...context, line: () => this.#line }, (bytes, start, end) => {
      for (let at = start; at < end;) {
        const lineEnd = bytes.indexOf(10, at)
        const stop = lineEnd < 0 || lineEnd >= end ? end : lineEnd
        this.#line++
        this.#read(bytes.subarray(at, stop))
        at = stop + 1
      }
    })
  }

  feed(bytes: Buffer): void {
    this.#lines.feed(bytes)
  }

  end(): void {
    this.#lines.end()
  }

  #read(line: Buffer): void {
    const { records, journal, base, sharded, database } = this.#context
    records.position = base + this.#line
    try {
      // redis-cli reads a line as a C string, so that what follows would be lost without a word.
      if (line.includes(0)) throw new RecordError('it holds a NUL byte, which redis-cli writes as "\\x00"')
      const words = splitWords(line)
      if (words.length === 0) return
      if (!isRecord(words, database)) return
      const bytes = command(...words)
      records.raw(bytes, 0, bytes.length, sharded ? slotOf(words) : 0)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      journal.refuse(records.position, 'invalid', error.message)
    }
  }
}
