// The hot path of ndjson: a line as most are is understood by its bytes, without a string or an object being made of it.

const [quote, backslash, comma, colon, openBrace, closeBrace] = [34, 92, 44, 58, 123, 125]
const [space, tab, lf, cr, plus, minus, dot, zero, nine] = [32, 9, 10, 13, 43, 45, 46, 48, 57]
const [bigE, smallE] = [69, 101]

/**
 * A line like `{"key":"a","value":"b","ttl":60}`: strings without escapes, or a number as the value, and no type but
 * "string". Anything else is not plain, which says nothing about whether it is right.
 */
export class PlainLine {
  keyStart = 0
  keyEnd = 0
  start = 0
  end = 0
  /** Milliseconds, 0 when the line has none. */
  after = 0

  /** Reads the line that begins at `from`; returns where the next one begins, or -1 when it is not plain. */
  read(bytes: Uint8Array, from: number, limit: number): number {
    let at = blank(bytes, from, limit)
    if (bytes[at] !== openBrace) return -1
    this.keyStart = this.start = -1
    this.after = 0
    let typed = false
    for (;;) {
      at = blank(bytes, at + 1, limit)
      if (bytes[at] !== quote) return -1
      const name = at + 1
      at = closing(bytes, name, limit)
      if (at < 0) return -1
      const nameEnd = at
      at = blank(bytes, at + 1, limit)
      if (bytes[at] !== colon) return -1
      at = blank(bytes, at + 1, limit)
      if (isKey(bytes, name, nameEnd)) {
        if (bytes[at] !== quote || this.keyStart >= 0) return -1
        this.keyStart = at + 1
        at = closing(bytes, at + 1, limit)
        if (at < 0) return -1
        this.keyEnd = at++
      } else if (isValue(bytes, name, nameEnd)) {
        if (this.start >= 0) return -1
        if (bytes[at] === quote) {
          this.start = at + 1
          at = closing(bytes, at + 1, limit)
          if (at < 0) return -1
          this.end = at++
        } else {
          this.start = at
          at = numberEnd(bytes, at)
          if (at < 0) return -1
          this.end = at
        }
      } else if (isTtl(bytes, name, nameEnd)) {
        if (this.after > 0) return -1
        let seconds = 0
        const first = at
        for (; isDigit(bytes[at]); at++) seconds = seconds * 10 + (bytes[at] as number) - zero
        if (seconds === 0 || at - first > 9 || bytes[first] === zero) return -1
        this.after = seconds * 1000
      } else if (is(bytes, name, nameEnd, 'type') && !typed) {
        typed = true
        const end = bytes[at] === quote ? closing(bytes, at + 1, limit) : -1
        if (end < 0 || !is(bytes, at + 1, end, 'string')) return -1
        at = end + 1
      } else return -1
      at = blank(bytes, at, limit)
      if (bytes[at] !== comma) break
    }
    if (bytes[at] !== closeBrace || this.keyStart < 0 || this.keyEnd === this.keyStart || this.start < 0) return -1
    at = blank(bytes, at + 1, limit)
    if (bytes[at] === cr) at++
    if (at >= limit) return limit
    return bytes[at] === lf ? at + 1 : -1
  }
}

function blank(bytes: Uint8Array, from: number, limit: number): number {
  let at = from
  while (at < limit && (bytes[at] === space || bytes[at] === tab)) at++
  return at
}

/** The offset of the quote that ends a string, or -1 when it has an escape or a control character. */
function closing(bytes: Uint8Array, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    const byte = bytes[at] as number
    if (byte === quote) return at
    if (byte === backslash || byte < space) return -1
  }
  return -1
}

// Written out: a loop over the letters of a string took a tenth of a load.
function isKey(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at === 3 && bytes[at] === 107 && bytes[at + 1] === 101 && bytes[at + 2] === 121
}

function isValue(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at !== 5 || bytes[at] !== 118 || bytes[at + 1] !== 97) return false
  return bytes[at + 2] === 108 && bytes[at + 3] === 117 && bytes[at + 4] === 101
}

function isTtl(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at === 3 && bytes[at] === 116 && bytes[at + 1] === 116 && bytes[at + 2] === 108
}

function is(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false
  for (let index = 0; index < name.length; index++) if (bytes[start + index] !== name.charCodeAt(index)) return false
  return true
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine
}

/** The end of a number as RFC 8259 §6 has it, or -1. */
function numberEnd(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === minus ? from + 1 : from
  if (!isDigit(bytes[at])) return -1
  if (bytes[at] === zero) at++
  else while (isDigit(bytes[at])) at++
  if (bytes[at] === dot) {
    const first = ++at
    while (isDigit(bytes[at])) at++
    if (at === first) return -1
  }
  if (bytes[at] === bigE || bytes[at] === smallE) {
    at++
    if (bytes[at] === plus || bytes[at] === minus) at++
    const first = at
    while (isDigit(bytes[at])) at++
    if (at === first) return -1
  }
  return at
}
