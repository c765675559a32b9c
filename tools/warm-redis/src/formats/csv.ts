import { isUtf8 } from 'node:buffer'
import { formatBytes, listSome, nearest, RefusedError, UsageError } from '@initbox/core'
import { smallCopy } from '../resp/batch.ts'
import { Carry } from './carry.ts'
import type { Format, FormatContext, Reader } from './format.ts'
import { emptyInKey } from './json-record.ts'
import { RecordError } from './json-text.ts'
import { Row, type RowSettings, undoubled } from './row.ts'
import { fieldsOf, type Piece, type Template } from './template.ts'

/** RFC 4180 with a header. */
export const csv: Format = delimited({ delimiter: 44, quoted: true })
/** A header and rows, separated by tabs; quotes mean nothing. */
export const tsv: Format = delimited({ delimiter: 9, quoted: false })

function delimited(settings: RowSettings): Format {
  return { unit: 'line', verbatim: false, read: (context) => new RowReader(context, settings) }
}

/** A piece of a template with the column that it names. */
type Part = Buffer | number | 'json'

class RowReader implements Reader {
  readonly #context: FormatContext
  readonly #row: Row
  readonly #rest = new Carry()
  #line = 0
  #columns: readonly Buffer[] | undefined
  #key: readonly Part[] = []
  #value: readonly Part[] | undefined
  /** Where keys and values of several pieces are put together. */
  #keySpace = Buffer.allocUnsafeSlow(1024)
  #space = Buffer.allocUnsafeSlow(4096)

  constructor(context: FormatContext, settings: RowSettings) {
    this.#context = context
    this.#row = new Row(settings)
  }

  feed(piece: Buffer): void {
    this.#rows(this.#rest.with(piece), false)
  }

  end(): void {
    if (this.#rest.length > 0) this.#rows(this.#rest.with(Buffer.alloc(0)), true)
  }

  #rows(bytes: Buffer, isLast: boolean): void {
    const { records, base, maxRecord, source } = this.#context
    let at = 0
    while (at < bytes.length) {
      const next = this.#row.read(bytes, at, isLast)
      if (next < 0) break
      records.position = base + this.#line + 1
      this.#take(bytes, at)
      this.#line += this.#row.lines
      at = next
    }
    if (bytes.length - at > maxRecord) {
      throw new RefusedError(`${source}:${this.#line + 1}: the row is longer than ${formatBytes(maxRecord)}`, {
        hint: '--max-record raises the limit; is a quote not closed?',
      })
    }
    this.#rest.keep(bytes, at)
  }

  #take(bytes: Buffer, start: number): void {
    const row = this.#row
    const { records, journal } = this.#context
    if (row.isEmpty) return
    if (this.#columns === undefined) return this.#header(bytes, start)
    try {
      if (row.problem !== undefined) throw new RecordError(row.problem)
      if (row.count !== this.#columns.length) {
        throw new RecordError(`it has ${row.count} fields, the header ${this.#columns.length}`)
      }
      for (const part of this.#key) {
        if (typeof part === 'number' && row.starts[part] === row.ends[part]) {
          throw new RecordError(emptyInKey(String(this.#columns[part])))
        }
      }
      const keyEnd = this.#join(this.#key, bytes, '#keySpace')
      if (keyEnd === 0) throw new RecordError('the key is empty')
      const value = this.#value
      if (value === undefined) {
        const members = this.#columns.flatMap((name, column) => [name, this.#field(bytes, column)])
        return records.collection('hash', Buffer.from(this.#keySpace.subarray(0, keyEnd)), members)
      }
      const [only] = value
      if (value.length === 1 && typeof only === 'number' && row.doubled[only] === 0) {
        const [from, to] = [row.starts[only] as number, row.ends[only] as number]
        return records.string(this.#keySpace, 0, keyEnd, bytes, from, to)
      }
      return records.string(this.#keySpace, 0, keyEnd, this.#space, 0, this.#join(value, bytes, '#space'))
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      return journal.refuse(records.position, 'invalid', error.message)
    }
  }

  /** Puts the pieces together in one of the spaces, and returns their length. */
  #join(parts: readonly Part[], bytes: Buffer, space: '#keySpace' | '#space'): number {
    let length = 0
    for (const part of parts) {
      const plain = typeof part === 'number' && this.#row.doubled[part] === 0
      const from = plain
        ? bytes
        : typeof part === 'number'
          ? this.#field(bytes, part)
          : part === 'json'
            ? this.#json(bytes)
            : part
      const start = plain ? (this.#row.starts[part] as number) : 0
      const end = plain ? (this.#row.ends[part] as number) : from.length
      let to = space === '#space' ? this.#space : this.#keySpace
      if (length + end - start > to.length) {
        const larger = Buffer.allocUnsafeSlow((length + end - start) * 2)
        to.copy(larger, 0, 0, length)
        to = larger
        if (space === '#space') this.#space = larger
        else this.#keySpace = larger
      }
      if (end - start > smallCopy) length += from.copy(to, length, start, end)
      else for (let index = start; index < end; index++) to[length++] = from[index] as number
    }
    return length
  }

  #field(bytes: Buffer, column: number): Buffer {
    const [start, end] = [this.#row.starts[column] as number, this.#row.ends[column] as number]
    return this.#row.doubled[column] === 1 ? undoubled(bytes, start, end) : bytes.subarray(start, end)
  }

  #json(bytes: Buffer): Buffer {
    const columns = this.#columns ?? []
    const fields = columns.map((name, column) => {
      const field = this.#field(bytes, column)
      if (!isUtf8(field)) throw new RecordError(`'${name.toString()}' is not UTF-8, as JSON must be`)
      return `${JSON.stringify(name.toString())}:${JSON.stringify(field.toString())}`
    })
    return Buffer.from(`{${fields.join(',')}}`)
  }

  #header(bytes: Buffer, start: number): void {
    const { source, key, value } = this.#context
    const row = this.#row
    if (row.problem !== undefined) throw new RefusedError(`${source}:${this.#line + 1}: ${row.problem}`)
    // Some programs begin a file with a byte order mark, which is no part of the first name.
    if (bytes.subarray(start, start + 3).equals(bom) && row.starts[0] === start) row.starts[0] = start + 3
    const columns = Array.from({ length: row.count }, (_, column) => Buffer.from(this.#field(bytes, column)))
    const names = columns.map(String)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new RefusedError(`${source}:1: the column '${twice}' is there twice`)
    if (key === undefined) {
      throw new UsageError(`${source} needs --key, such as 'user:\${${names[0]}}'`)
    }
    for (const [flag, template] of [['--key', key] as const, ['--value', value] as const]) {
      const missing = fieldsOf(template).find((name) => !names.includes(name))
      if (missing === undefined) continue
      const near = nearest(missing, names)
      const hint = near === undefined ? `its columns are ${listSome(names)}` : `did you mean \${${near}}?`
      throw new UsageError(`${source} has no column '${missing}' for ${flag}`, { hint })
    }
    this.#columns = columns
    this.#key = compile(key, names)
    this.#value = value === undefined ? undefined : compile(value, names)
  }
}

const bom = Buffer.from([0xef, 0xbb, 0xbf])

function compile(template: Template, names: readonly string[]): Part[] {
  return template.map((piece: Piece) =>
    piece === 'json' ? 'json' : 'field' in piece ? names.indexOf(piece.field) : piece.text,
  )
}
