/** One SQL statement of a file, without its semicolon and the comments around it. */
export type Statement = {
  readonly text: string
  /** Line of its first character in the file, from 1. */
  readonly line: number
  /** Column of its first character in UTF-16 units, from 1. */
  readonly column: number
  /** Its first words outside parentheses, in lower case, at most 12: what kind of statement it is. */
  readonly head: readonly string[]
  /** What follows COPY … FROM stdin. */
  readonly rows?: CopyRows
}

/** A part of a file, in order: a statement, or some of the rows that follow a COPY statement, whose part says that it has them. */
export type Part = (Statement & { readonly copies: boolean }) | { readonly rows: string; readonly last: boolean }

/** The rows of one COPY statement, read from the file as they are asked for, once. What nobody asks for is passed over. */
export class CopyRows implements Iterable<Uint8Array> {
  readonly #parts: Iterator<Part>
  #started = false
  #ended = false

  constructor(parts: Iterator<Part>) {
    this.#parts = parts
  }

  /** Whether some of them are gone, so that the statement cannot be sent a second time. */
  get started(): boolean {
    return this.#started
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    this.#started = true
    while (!this.#ended) {
      const { value, done } = this.#parts.next()
      if (done === true || !('last' in value)) throw new Error('the rows of COPY end nowhere')
      this.#ended = value.last
      if (value.rows !== '') yield Buffer.from(value.rows)
    }
  }
}

/** Gives each COPY statement its rows. */
export function* withRows(parts: Iterator<Part>): Generator<Statement> {
  for (let next = parts.next(); next.done !== true; next = parts.next()) {
    if ('last' in next.value) throw new Error('rows without COPY')
    const { copies, ...statement } = next.value
    if (!copies) {
      yield statement
      continue
    }
    const rows = new CopyRows(parts)
    yield { ...statement, rows }
    // The next statement stands behind them.
    for (const _ of rows);
  }
}

/** The file is not SQL that can be sent to a server: something left open, a command of psql. */
export class SqlSyntaxError extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, line: number, column: number) {
    super(message)
    this.line = line
    this.column = column
  }
}

/** How a statement begins, as it is written, for messages: whole words of its first 60 characters. */
export function firstWords({ text }: Statement): string {
  const line = text.slice(0, 200).replace(/\s+/g, ' ')
  if (line.length <= 60 && text.length < 200) return line
  return `${line.slice(0, 61).replace(/\s+\S*$/, '')} …`
}

export function refuseStatement(statement: Statement, why: string): SqlSyntaxError {
  return new SqlSyntaxError(`${firstWords(statement)} ${why}`, statement.line, statement.column)
}
