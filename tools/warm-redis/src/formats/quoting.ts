import { RecordError } from './json-text.ts'

const [doubleQuote, singleQuote, backslash] = [34, 39, 92]
const escapes: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 97: 7 }

/**
 * Splits a line as redis-cli does (sdssplitargs in redis/src/sds.c): `"…"` with `\n \r \t \b \a \xHH`, `'…'` in which only
 * `\'` is an escape, and a closing quote at the end of a word. Throws RecordError for quotes that do not match.
 */
export function splitWords(line: Uint8Array): Buffer[] {
  const words: Buffer[] = []
  let at = 0
  for (;;) {
    while (isSpace(line[at])) at++
    if (at >= line.length) return words
    const word: number[] = []
    while (at < line.length && !isSpace(line[at])) {
      const byte = line[at] as number
      if (byte !== doubleQuote && byte !== singleQuote) {
        word.push(byte)
        at++
      } else at = byte === doubleQuote ? doubleQuoted(line, at + 1, word) : singleQuoted(line, at + 1, word)
    }
    words.push(Buffer.from(word))
  }
}

function doubleQuoted(line: Uint8Array, from: number, word: number[]): number {
  for (let at = from; at < line.length; at++) {
    const byte = line[at] as number
    if (byte === doubleQuote) return closed(line, at)
    if (byte !== backslash || at + 1 >= line.length) {
      word.push(byte)
      continue
    }
    const hex = line[at + 1] === 120 ? String.fromCharCode(line[at + 2] ?? 0, line[at + 3] ?? 0) : ''
    if (/^[\da-f]{2}$/i.test(hex)) {
      word.push(Number.parseInt(hex, 16))
      at += 3
    } else {
      const escaped = line[++at] as number
      word.push(escapes[escaped] ?? escaped)
    }
  }
  throw new RecordError('a double quote is not closed')
}

function singleQuoted(line: Uint8Array, from: number, word: number[]): number {
  for (let at = from; at < line.length; at++) {
    const byte = line[at] as number
    if (byte === singleQuote) return closed(line, at)
    if (byte === backslash && line[at + 1] === singleQuote) at++
    word.push(line[at] as number)
  }
  throw new RecordError('a single quote is not closed')
}

function closed(line: Uint8Array, at: number): number {
  if (at + 1 < line.length && !isSpace(line[at + 1])) throw new RecordError('something follows a closing quote')
  return at + 1
}

/** C's isspace, and NUL as redis-cli ends a line there: it is refused by the caller. */
function isSpace(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13)
}
