import { formatBytes } from '@initbox/core'
import { Draft } from './draft.ts'
import { Lexer } from './lexer.ts'
import { SqlSyntaxError, type Statement } from './statement.ts'

const unclosed: Readonly<Record<string, string>> = {
  "'": 'a quoted string',
  "\\'": "an E'' string",
  '"': 'a quoted identifier',
  '*/': 'a block comment',
}

/**
 * Splits SQL text into statements as it comes, holding no more than one statement and one piece in memory.
 * Semicolons in parentheses (CREATE RULE) and in BEGIN ATOMIC bodies do not end a statement. Throws SqlSyntaxError, for a
 * statement of more than `most` characters too.
 */
export class Splitter {
  readonly #lexer = new Lexer()
  readonly #most: number
  #line = 1
  #lineStart = 0
  #counted = 0
  #statement: Draft | undefined

  constructor(most = Infinity) {
    this.#most = most
  }

  *push(text: string): Generator<Statement> {
    this.#lexer.feed(text)
    yield* this.#statements()
    if (this.#statement !== undefined) this.#setAside(this.#statement)
    else this.#release(this.#lexer.start)
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
        this.#release(lexer.start)
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
    const rest = this.#lexer.slice(draft.from, draft.end)
    const text = draft.parts.length === 0 ? rest : [...draft.parts, rest].join('').slice(0, draft.end - draft.start)
    return { text, line, column, head }
  }

  /** Takes what has come of a statement from the lexer, which would copy all of it with each further piece. */
  #setAside(draft: Draft): void {
    if (this.#lexer.fed - draft.start > this.#most) {
      const most = formatBytes(this.#most)
      throw new SqlSyntaxError(
        `the statement is larger than ${most}, or a quote in it is not closed; split it, or raise --max-statement-size and the memory limit`,
        draft.line,
        draft.column,
      )
    }
    // One character more, for whoever asks what stands before the next token.
    const end = Math.max(draft.from, this.#lexer.start - 1)
    draft.parts.push(this.#lexer.slice(draft.from, end))
    draft.from = end
    this.#release(end)
  }

  #release(offset: number): void {
    this.#countLines(offset)
    this.#lexer.release(offset)
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

/** All statements of a whole text; for callers that have it in memory. */
export function splitSql(text: string): Statement[] {
  const splitter = new Splitter()
  return [...splitter.push(text), ...splitter.end()]
}
