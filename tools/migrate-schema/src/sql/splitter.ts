import { Lexer } from './lexer.ts'
import { SqlSyntaxError, type Statement } from './statement.ts'

const headLength = 12
const bodies = new Set(['function', 'procedure'])
const unclosed: Readonly<Record<string, string>> = {
  "'": 'a quoted string',
  "\\'": "an E'' string",
  '"': 'a quoted identifier',
  '*/': 'a block comment',
}

/**
 * Splits SQL text into statements as it comes, holding no more than one statement and one piece in memory.
 * Semicolons in parentheses (CREATE RULE) and in BEGIN ATOMIC bodies do not end a statement. Throws SqlSyntaxError.
 */
export class Splitter {
  readonly #lexer = new Lexer()
  #line = 1
  #lineStart = 0
  #counted = 0
  #statement: Draft | undefined;

  *push(text: string): Generator<Statement> {
    this.#lexer.feed(text)
    yield* this.#statements()
    this.#release()
  }

  *end(): Generator<Statement> {
    this.#lexer.finish()
    yield* this.#statements()
    const open = this.#lexer.unterminated()
    if (open !== undefined) {
      const what = unclosed[open] ?? `a string quoted with ${open}`
      throw this.#error(`${what} is not closed before the end of the file`, this.#lexer.start)
    }
    if (this.#statement !== undefined) yield this.#close(this.#statement)
  }

  *#statements(): Generator<Statement> {
    const lexer = this.#lexer
    while (lexer.next()) {
      if (lexer.kind === 'comment') continue
      if (lexer.kind === 'backslash') throw this.#backslash()
      const draft = this.#statement
      if (lexer.kind === 'semicolon' && (draft === undefined || draft.endsHere())) {
        if (draft !== undefined) yield this.#close(draft)
        this.#release()
        continue
      }
      this.#statement ??= this.#open()
      this.#statement.end = lexer.end
      if (lexer.kind === 'open') this.#statement.parentheses++
      else if (lexer.kind === 'close') this.#statement.parentheses--
      else if (lexer.kind === 'word') this.#word(this.#statement)
      else this.#statement.previous = ''
    }
  }

  #word(statement: Draft): void {
    // By far most statements of a large file, and no word of them decides anything.
    if (statement.head[0] === 'insert') return
    statement.word(this.#lexer.slice(this.#lexer.start, this.#lexer.end), this.#labels())
  }

  /** Whether a dot stands before the word, which makes any keyword a plain name. */
  #labels(): boolean {
    return this.#lexer.slice(this.#lexer.start - 1, this.#lexer.start) === '.'
  }

  #open(): Draft {
    this.#countLines(this.#lexer.start)
    return new Draft(this.#lexer.start, this.#line, this.#lexer.start - this.#lineStart + 1)
  }

  #close(draft: Draft): Statement {
    this.#statement = undefined
    const { line, column, head } = draft
    if (draft.copiesFromClient) {
      throw new SqlSyntaxError(
        `COPY ${draft.copiesFromClient} needs a client that sends the rows, which no migration file can do; use INSERT`,
        line,
        column,
      )
    }
    return { text: this.#lexer.slice(draft.start, draft.end), line, column, head }
  }

  #release(): void {
    const keep = this.#statement?.start ?? this.#lexer.start
    this.#countLines(keep)
    this.#lexer.release(keep)
  }

  #countLines(offset: number): void {
    const text = this.#lexer.slice(this.#counted, offset)
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.#line++
      this.#lineStart = this.#counted + at + 1
    }
    this.#counted = offset
  }

  #backslash(): SqlSyntaxError {
    const command = /^\\\S*/.exec(this.#lexer.slice(this.#lexer.start, this.#lexer.start + 40))?.[0] ?? '\\'
    return this.#error(`${command} is a command of psql, not SQL`, this.#lexer.start)
  }

  #error(message: string, offset: number): SqlSyntaxError {
    this.#countLines(offset)
    return new SqlSyntaxError(message, this.#line, offset - this.#lineStart + 1)
  }
}

/** The statement that is being read. */
class Draft {
  readonly start: number
  readonly line: number
  readonly column: number
  readonly head: string[] = []
  end: number
  parentheses = 0
  previous = ''
  copiesFromClient: 'FROM stdin' | 'TO stdout' | undefined
  /** How many BEGIN ATOMIC and CASE still wait for their END. */
  #blocks = 0

  constructor(start: number, line: number, column: number) {
    this.start = this.end = start
    this.line = line
    this.column = column
  }

  endsHere(): boolean {
    return this.parentheses <= 0 && this.#blocks === 0
  }

  word(text: string, label: boolean): void {
    const word = text.toLowerCase()
    if (this.parentheses === 0 && this.head.length < headLength) this.head.push(word)
    if (!label && this.previous !== 'as') this.#nest(word)
    if (this.head[0] === 'copy' && this.parentheses === 0) {
      if (this.previous === 'from' && word === 'stdin') this.copiesFromClient = 'FROM stdin'
      if (this.previous === 'to' && word === 'stdout') this.copiesFromClient = 'TO stdout'
    }
    this.previous = word
  }

  #nest(word: string): void {
    if (this.#blocks === 0) {
      if (word === 'atomic' && this.previous === 'begin' && this.#definesRoutine()) this.#blocks = 1
    } else if (word === 'case') this.#blocks++
    else if (word === 'end') this.#blocks--
  }

  #definesRoutine(): boolean {
    return this.head[0] === 'create' && this.head.slice(1, 4).some((word) => bodies.has(word))
  }
}

/** All statements of a whole text; for callers that have it in memory. */
export function splitSql(text: string): Statement[] {
  const splitter = new Splitter()
  return [...splitter.push(text), ...splitter.end()]
}
