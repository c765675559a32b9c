/** A text as it reads when an encoding in it is undone, and where in the original each of its characters stands. */
export type EncodedView = {
  readonly text: string
  /** Offsets in the original; undefined where the text is the original. */
  readonly starts: readonly number[] | undefined
  readonly ends: readonly number[] | undefined
}

type Encoding = { readonly pattern: RegExp; readonly decode: (match: string) => string }

const encodings: readonly Encoding[] = [
  // RFC 3986 §2.1. Only the bytes of one character beyond ASCII are decoded together.
  {
    pattern: /%[0-7][\da-f]|(?:%[89a-f][\da-f])+/gi,
    decode: (match) => Buffer.from(match.replaceAll('%', ''), 'hex').toString(),
  },
  // application/x-www-form-urlencoded
  { pattern: /\+/g, decode: () => ' ' },
  // RFC 8259 §7, and what other languages write between quotes.
  { pattern: /\\(?:u[\da-fA-F]{4}|x[\da-fA-F]{2}|[^ux])/g, decode: unescape },
]

const named: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', 0: '\0' }

function unescape(match: string): string {
  const kind = match.charAt(1)
  if (match.length > 2) return String.fromCharCode(Number.parseInt(match.slice(2), 16))
  return named[kind] ?? kind
}

/** Encodings are undone one after the other, at most this often: enough for JSON in a URL in JSON. */
const most = 16

/** The text itself, and every different reading of it with percent, form and backslash encoding undone, in any order. */
export function viewsOf(text: string): EncodedView[] {
  const views: EncodedView[] = [{ text, starts: undefined, ends: undefined }]
  const seen = new Set([text])
  for (const view of views) {
    for (const encoding of encodings) {
      const next = undo(view, encoding)
      if (views.length >= most || seen.has(next.text)) continue
      seen.add(next.text)
      views.push(next)
    }
  }
  return views
}

function undo(view: EncodedView, { pattern, decode }: Encoding): EncodedView {
  if (view.text.search(pattern) < 0) return view
  let text = ''
  const starts: number[] = []
  const ends: number[] = []
  const add = (part: string, from: (index: number) => number, to: (index: number) => number): void => {
    text += part
    for (let index = 0; index < part.length; index++) {
      starts.push(view.starts?.[from(index)] ?? from(index))
      ends.push(view.ends?.[to(index)] ?? to(index) + 1)
    }
  }
  let rest = 0
  const copyUntil = (end: number): void => {
    const begin = rest
    add(
      view.text.slice(begin, end),
      (index) => begin + index,
      (index) => begin + index,
    )
  }
  for (const { 0: match, index: at } of view.text.matchAll(pattern)) {
    copyUntil(at)
    rest = at + match.length
    add(
      decode(match),
      () => at,
      () => rest - 1,
    )
  }
  copyUntil(view.text.length)
  return { text, starts, ends }
}
