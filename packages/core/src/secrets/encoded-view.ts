/** A text as it reads when an encoding in it is undone, and where in the original each of its characters stands. */
export type EncodedView = {
  readonly text: string
  /** Offsets in the original; undefined where the text is the original. */
  readonly starts: Uint32Array | undefined
  readonly ends: Uint32Array | undefined
}

type Encoding = { readonly mark: string; readonly pattern: RegExp; readonly decode: (match: string) => string }

/** RFC 3986 §2.1. Only the bytes of one character beyond ASCII are decoded together. */
const percent: Encoding = {
  mark: '%',
  pattern: /%[0-7][\da-f]|(?:%[89a-f][\da-f])+/gi,
  decode: (match) => Buffer.from(match.replaceAll('%', ''), 'hex').toString(),
}

/** RFC 8259 §7, and what other languages write between quotes. */
const backslash: Encoding = {
  mark: '\\',
  pattern: /\\(?:u[\da-fA-F]{4}|x[\da-fA-F]{2}|[^ux])/g,
  decode: (match) =>
    match.length > 2
      ? String.fromCharCode(Number.parseInt(match.slice(2), 16))
      : (named[match.charAt(1)] ?? match.charAt(1)),
}

const named: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', 0: '\0' }

/** The space of application/x-www-form-urlencoded. */
const plus: Encoding = { mark: '+', pattern: /\+/g, decode: () => ' ' }

/** Encodings are undone one after the other, at most this often: enough for JSON in a URL in JSON. */
const most = 12

/**
 * The text itself, and every different reading of it with percent and backslash encoding undone, in any order; with
 * `spaces` also with plus signs read as spaces.
 */
export function viewsOf(text: string, { spaces }: { readonly spaces: boolean }): EncodedView[] {
  const encodings = spaces ? [percent, backslash, plus] : [percent, backslash]
  const views: EncodedView[] = [{ text, starts: undefined, ends: undefined }]
  const seen = new Set([text])
  for (const view of views) {
    for (const encoding of encodings) {
      if (views.length >= most || !view.text.includes(encoding.mark)) continue
      const next = undo(view, encoding)
      if (!seen.has(next.text)) views.push(next)
      seen.add(next.text)
    }
  }
  return views
}

function undo(view: EncodedView, { pattern, decode }: Encoding): EncodedView {
  const parts: string[] = []
  const starts = new Uint32Array(view.text.length)
  const ends = new Uint32Array(view.text.length)
  let length = 0
  // A decoded text is never longer than the encoded one.
  const add = (part: string, from: number, step: 0 | 1, to: number): void => {
    parts.push(part)
    for (let index = 0; index < part.length; index++, length++) {
      const first = from + index * step
      const last = step === 1 ? first : to
      starts[length] = view.starts?.[first] ?? first
      ends[length] = view.ends?.[last] ?? last + 1
    }
  }
  let rest = 0
  for (const { 0: match, index } of view.text.matchAll(pattern)) {
    add(view.text.slice(rest, index), rest, 1, index)
    rest = index + match.length
    add(decode(match), index, 0, rest - 1)
  }
  add(view.text.slice(rest), rest, 1, view.text.length)
  return { text: parts.join(''), starts: starts.subarray(0, length), ends: ends.subarray(0, length) }
}
