/** What a token is; runs of digits, commas and operators are one `plain` token, since nothing here looks inside them. */
export type TokenKind =
  | 'word'
  | 'string'
  | 'quoted'
  | 'comment'
  | 'open'
  | 'close'
  | 'semicolon'
  | 'backslash'
  | 'plain'

const space = /[ \t\n\r\f\v]+/y
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const plain = /[^A-Za-z_\u0080-\uffff$'"\-/();\\ \t\n\r\f\v][^A-Za-z_\u0080-\uffff$'"\-/();\\]*/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
const partOfTag = /\$[A-Za-z0-9_\u0080-\uffff]*/y
const commentMark = /\/\*|\*\//g
const lineEnd = /[\n\r]/g
const escapedOrQuote = /[\\']/g
const betweenParts = /(?:[ \t\n\r\f\v]|--[^\n\r]*)*/y

/** A token whose end may lie in text that has not come yet: where to look on, and for comments how deep they nest. */
type Unfinished = { kind: TokenKind; closes: string; from: number; depth: number }

/**
 * PostgreSQL's lexical rules (src/backend/parser/scan.l, standard_conforming_strings on), as far as they decide where
 * a statement ends. Text is fed in pieces of any size; `next` returns false until the token at hand is complete.
 * Offsets count from the start of the input in UTF-16 units. This is the hot path of a 200 MB file, hence no objects per token.
 */
export class Lexer {
  kind: TokenKind = 'plain'
  start = 0
  end = 0
  #text = ''
  #base = 0
  #final = false
  #unfinished: Unfinished | undefined
  readonly #latest: Unfinished = { kind: 'string', closes: '', from: 0, depth: 1 }

  feed(text: string): void {
    this.#text += text
  }

  /** No more text will come: what stands at the end is complete. */
  finish(): void {
    this.#final = true
  }

  /** What a string or comment that the input leaves open lacks; undefined where everything is closed. */
  unterminated(): string | undefined {
    return this.#unfinished?.closes
  }

  /** Where the text that has come so far ends. */
  get fed(): number {
    return this.#base + this.#text.length
  }

  slice(start: number, end: number): string {
    return this.#text.slice(start - this.#base, end - this.#base)
  }

  /**
   * Takes all whole lines that have come, up to and with the one that is `\\.` alone, and says whether that was among them: the
   * rows of COPY, which begin where the last token ended and at the start of a line.
   */
  takeRows(final: boolean): { readonly rows: string; readonly ended: boolean; readonly lines: number } {
    const text = this.#text.slice(this.end - this.#base)
    const mark = /^\\\.[ \t]*\r?$/m.exec(text)
    // What looks like the mark at the very end may be the beginning of a longer line.
    const ended = mark !== null && (final || mark.index + mark[0].length < text.length)
    const end = ended ? mark.index : final ? text.length : text.lastIndexOf('\n') + 1
    const next = ended ? Math.min(text.length, end + mark[0].length + 1) : end
    this.#text = text.slice(next)
    this.#base = this.start = this.end = this.end + next
    return { rows: text.slice(0, end), ended: ended || final, lines: text.slice(0, next).split('\n').length - 1 }
  }

  /** Goes on at the offset, whatever stands before it. */
  skipTo(offset: number): void {
    this.start = this.end = offset
  }

  /** Forgets all text before the offset. */
  release(offset: number): void {
    const count = offset - this.#base
    this.#text = this.#text.slice(count)
    this.#base = offset
    if (this.#unfinished !== undefined) this.#unfinished.from -= count
  }

  next(): boolean {
    if (this.#unfinished !== undefined) return this.#resume(this.#unfinished)
    const text = this.#text
    const at = matchEnd(space, text, this.end - this.#base)
    this.start = this.end = at + this.#base
    if (at >= text.length) return false
    switch (text.charCodeAt(at)) {
      case 0x27: // '
        return this.#begin('string', "'", at + 1)
      case 0x22: // "
        return this.#begin('quoted', '"', at + 1)
      case 0x24: // $
        return this.#dollar(at)
      case 0x28:
        return this.#token('open', at + 1)
      case 0x29:
        return this.#token('close', at + 1)
      case 0x3b:
        return this.#token('semicolon', at + 1)
      case 0x5c:
        return this.#begin('backslash', '\n', at + 1)
      case 0x2d: // -
        return this.#comment(at, '-', '\n')
      case 0x2f: // /
        return this.#comment(at, '*', '*/')
      default:
        return this.#word(at)
    }
  }

  #token(kind: TokenKind, end: number): true {
    this.kind = kind
    this.end = end + this.#base
    return true
  }

  #begin(kind: TokenKind, closes: string, from: number): boolean {
    const open = (this.#unfinished = this.#latest)
    open.kind = kind
    open.closes = closes
    open.from = from
    open.depth = 1
    return this.#resume(open)
  }

  #word(at: number): boolean {
    const text = this.#text
    const end = matchEnd(word, text, at)
    if (end === at) return this.#plain(at)
    if (end === text.length && !this.#final) return false
    const escapes = end === at + 1 && (text[at] === 'e' || text[at] === 'E') && text[end] === "'"
    return escapes ? this.#begin('string', "\\'", end + 1) : this.#token('word', end)
  }

  #plain(at: number): boolean {
    let end = matchEnd(plain, this.#text, at)
    while (this.#text.charCodeAt(end - 1) <= 0x20) end--
    return this.#token('plain', end)
  }

  #dollar(at: number): boolean {
    const text = this.#text
    const end = matchEnd(dollarTag, text, at)
    if (end > at) return this.#begin('string', text.slice(at, end), end)
    if (!this.#final && matchEnd(partOfTag, text, at) === text.length) return false
    return this.#token('plain', at + 1)
  }

  #comment(at: number, second: string, closes: string): boolean {
    if (at + 1 === this.#text.length && !this.#final) return false
    return this.#text[at + 1] === second ? this.#begin('comment', closes, at + 2) : this.#token('plain', at + 1)
  }

  #resume(open: Unfinished): boolean {
    const end = this.#findEnd(open)
    if (end < 0) return false
    this.#unfinished = undefined
    return this.#token(open.kind, end)
  }

  /** The offset behind the token, or -1 (with `open.from` moved on) when its end has not come yet. */
  #findEnd(open: Unfinished): number {
    const text = this.#text
    if (open.closes === '\n') {
      const end = search(lineEnd, text, open.from)
      open.from = text.length
      return end < 0 && this.#final ? text.length : end
    }
    if (open.closes === '*/') return endOfBlockComment(text, open)
    if (open.closes === "\\'") return endOfEscapeString(text, open, this.#final)
    // A doubled quote ends one token and starts the next at once, which comes to the same for finding the end.
    const found = text.indexOf(open.closes, open.from)
    open.from = Math.max(open.from, text.length - open.closes.length + 1)
    return found < 0 ? -1 : found + open.closes.length
  }
}

function endOfBlockComment(text: string, open: Unfinished): number {
  for (;;) {
    const at = search(commentMark, text, open.from, 2)
    if (at < 0) {
      // The last character may be the first half of a mark.
      open.from = Math.max(open.from, text.length - 1)
      return -1
    }
    open.from = at + 2
    open.depth += text[at] === '/' ? 1 : -1
    if (open.depth === 0) return open.from
  }
}

/** An E'' string goes on after `''`, after `\'`, and after white space with a line break and another quote (SQL:2016 5.3). */
function endOfEscapeString(text: string, open: Unfinished, final: boolean): number {
  for (;;) {
    const at = search(escapedOrQuote, text, open.from)
    if (at < 0) {
      open.from = text.length
      return -1
    }
    open.from = at
    if (text[at] === '\\') {
      if (at + 1 >= text.length) return -1
      open.from = at + 2
      continue
    }
    const next = matchEnd(betweenParts, text, at + 1)
    if (next === text.length) return final ? at + 1 : -1
    const between = text.slice(at + 1, next)
    if (text[next] !== "'" || (between !== '' && !/[\n\r]/.test(between))) return at + 1
    open.from = next + 1
  }
}

/** Where the pattern, whose matches all have the given length, is found next; `exec` would make an array for each. */
function search(pattern: RegExp, text: string, from: number, length = 1): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex - length : -1
}

function matchEnd(sticky: RegExp, text: string, from: number): number {
  sticky.lastIndex = from
  return sticky.test(text) ? sticky.lastIndex : from
}
