/** One SQL statement of a file, without its semicolon and the comments around it. */
export type Statement = {
  readonly text: string
  /** Line of its first character in the file, from 1. */
  readonly line: number
  /** Column of its first character in UTF-16 units, from 1. */
  readonly column: number
  /** Its first words outside parentheses, in lower case, at most 12: what kind of statement it is. */
  readonly head: readonly string[]
}

/** The file is not SQL that can be sent to a server: something left open, a psql command, COPY from standard input. */
export class SqlSyntaxError extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, line: number, column: number) {
    super(message)
    this.line = line
    this.column = column
  }
}
