import { formatBytes } from '@initbox/core'
import { StatementBuilder } from './statement-builder.ts'
import { Lexer } from './lexer.ts'
import { type Part, SqlSyntaxError, type Statement, withRows } from './statement.ts'

const unclosed: Readonly<Record<string, string>> = {
  "'": 'a quoted string',
  "\\'": "an E'' string",
  '"': 'a quoted identifier',
  '*/': 'a block comment',
}

/** What stands in a file for psql alone, and what to do instead; of pg_dump's two since PostgreSQL 15.14 nothing is missed. */
const psqlCommands: Readonly<Record<string, string>> = {
  i: 'put what it includes into a file of its own',
  ir: 'put what it includes into a file of its own',
  include: 'put what it includes into a file of its own',
  c: 'all migrations run in the database of --url; take it out',
  connect: 'all migrations run in the database of --url; take it out',
  set: 'write ${name} where the value is wanted, and give it with --var',
  copy: 'write COPY … FROM stdin with the rows behind it, and a line \\. at their end',
  '.': 'no COPY … FROM stdin stands before it',
}
const harmless = new Set(['restrict', 'unrestrict'])

/**
 * Splits SQL text into statements as it comes, holding no more than one statement and one piece in memory; the rows that follow
 * COPY … FROM stdin come in parts of their own. Semicolons in parentheses (CREATE RULE) and in BEGIN ATOMIC bodies do not end a
 * statement. Throws SqlSyntaxError, for a statement of more than `most` characters too.
 */
export class Splitter {
  readonly #lexer = new Lexer()
  readonly #most: number
  #line = 1
  #lineStart = 0
  #counted = 0
  #statement: StatementBuilder | undefined
  #copying: 'line' | 'rows' | undefined

  constructor(most = Infinity) {
    this.#most = most
  }

  *push(text: string): Generator<Part> {
    this.#lexer.feed(text)
    yield* this.#parts()
    if (this.#statement !== undefined) this.#setAside(this.#statement)
    else if (this.#copying === undefined) this.#release(this.#lexer.start)
  }

  *end(): Generator<Part> {
    this.#lexer.finish()
    yield* this.#parts(true)
    const open = this.#lexer.unterminated()
    if (open !== undefined) {
      const what = unclosed[open] ?? `a string quoted with ${open}`
      throw this.#error(`${what} is not closed before the end of the file`, this.#lexer.start)
    }
    if (this.#statement !== undefined) yield this.#close(this.#statement)
  }

  *#parts(final = false): Generator<Part> {
    const lexer = this.#lexer
    for (;;) {
      if (this.#copying !== undefined) yield* this.#rows(final)
      if (this.#copying !== undefined || !lexer.next()) return
      if (lexer.kind === 'comment') continue
      if (lexer.kind === 'backslash') {
        this.#backslash()
        continue
      }
      const draft = this.#statement
      if (lexer.kind === 'semicolon' && (draft === undefined || draft.endsHere())) {
        if (draft !== undefined) {
          const statement = this.#close(draft)
          if (statement.copies) this.#copying = 'line'
          yield statement
        }
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

  #word(statement: StatementBuilder): void {
    // By far most statements of a large file, and no word of them decides anything.
    if (statement.head[0] === 'insert') return
    statement.word(this.#lexer.slice(this.#lexer.start, this.#lexer.end), this.#labels())
  }

  /** Whether a dot stands before the word, which makes any keyword a plain name. */
  #labels(): boolean {
    return this.#lexer.slice(this.#lexer.start - 1, this.#lexer.start) === '.'
  }

  #open(): StatementBuilder {
    this.#countLines(this.#lexer.start)
    return new StatementBuilder(this.#lexer.start, this.#line, this.#lexer.start - this.#lineStart + 1)
  }

  #close(draft: StatementBuilder): Statement & { readonly copies: boolean } {
    this.#statement = undefined
    const { line, column, head, copies } = draft
    if (copies === 'to client') {
      throw new SqlSyntaxError('COPY TO stdout has nobody here who reads the rows; take it out', line, column)
    }
    const rest = this.#lexer.slice(draft.from, draft.end)
    const text = draft.parts.length === 0 ? rest : [...draft.parts, rest].join('').slice(0, draft.end - draft.start)
    return { text, line, column, head, copies: copies === 'from client' }
  }

  /** As psql does it: the rows begin on the next line and end with `\\.` on a line of its own, or with the file. */
  *#rows(final: boolean): Generator<Part> {
    const lexer = this.#lexer
    if (this.#copying === 'line') {
      const from = lexer.end
      const rest = lexer.slice(from, lexer.fed)
      const lineEnd = rest.indexOf('\n')
      if (lineEnd < 0 && !final) return
      const tail = lineEnd < 0 ? rest : rest.slice(0, lineEnd)
      if (tail.trim() !== '')
        throw this.#error('the rows of COPY begin on the line behind it, and nothing stands before them', from)
      this.#skipTo(lineEnd < 0 ? lexer.fed : from + lineEnd + 1)
      this.#copying = 'rows'
    }
    const { rows, ended, lines } = lexer.takeRows(final)
    this.#line += lines
    this.#lineStart = this.#counted = lexer.end
    if (ended) this.#copying = undefined
    if (rows !== '' || ended) yield { rows, last: ended }
  }

  #skipTo(offset: number): void {
    this.#release(offset)
    this.#lexer.skipTo(offset)
  }

  /** Takes what has come of a statement from the lexer, which would copy all of it with each further piece. */
  #setAside(draft: StatementBuilder): void {
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

  #backslash(): void {
    const [command = '\\', name = ''] =
      /^\\(\S*)/.exec(this.#lexer.slice(this.#lexer.start, this.#lexer.start + 40)) ?? []
    if (this.#statement === undefined && harmless.has(name)) return
    const instead = Object.hasOwn(psqlCommands, name) ? psqlCommands[name] : 'take it out'
    throw this.#error(`${command} is a command of psql, not SQL: ${instead}`, this.#lexer.start)
  }

  #error(message: string, offset: number): SqlSyntaxError {
    this.#countLines(offset)
    return new SqlSyntaxError(message, this.#line, offset - this.#lineStart + 1)
  }
}

/** All statements of a whole text; for callers that have it in memory. */
export function splitSql(text: string): Statement[] {
  const splitter = new Splitter()
  return [...withRows([...splitter.push(text), ...splitter.end()].values())]
}
