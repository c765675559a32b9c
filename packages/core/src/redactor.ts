const mask = '[redacted]'

/**
 * Knows every value that was read as a secret, and takes it out of any text that leaves the process, in each form
 * in which it may turn up: raw, URL-encoded, JSON-escaped, hex, and base64 (RFC 4648 §4 and §5) at any offset, so
 * that `user:password` in a Basic header is found too.
 */
export class Redactor {
  readonly #forms = new Set<string>()
  #pattern: RegExp | undefined

  /** Adds a secret. Of one with several lines (a PEM key) each line is a secret too. */
  add(value: string): void {
    for (const part of new Set([value, ...value.split(/\r?\n/)])) {
      if (part.trim() === '' || (part !== value && part.length < 8)) continue
      for (const form of formsOf(part)) this.#forms.add(form)
    }
    this.#pattern = undefined
  }

  /** Returns the text with every form of every secret replaced by `[redacted]`. */
  redact(text: string): string {
    if (this.#forms.size === 0) return text
    // The longest first: a secret that contains another one disappears whole.
    this.#pattern ??= new RegExp(
      [...this.#forms]
        .toSorted((a, b) => b.length - a.length)
        .map(expression)
        .join('|'),
      'g',
    )
    return text.replace(this.#pattern, mask)
  }
}

/** Very short values are only replaced where they stand alone, or the log would have nothing else left. */
function expression(form: string): string {
  const escaped = form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return form.length < 4 ? `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])` : escaped
}

function formsOf(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1)
  const url = encodeURIComponent(value)
  const strict = url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = new Set([value, json, JSON.stringify(json).slice(1, -1), url, strict, strict.replaceAll('%20', '+')])
  for (const encoded of [url, strict]) forms.add(encoded.replace(/%../g, (escape) => escape.toLowerCase()))
  if (value.length < 4) return forms
  const bytes = Buffer.from(value)
  forms.add(bytes.toString('hex')).add(bytes.toString('hex').toUpperCase())
  for (const offset of [0, 1, 2]) for (const form of base64At(bytes, offset)) forms.add(form)
  return forms
}

/** The base64 characters that depend on the value's bytes alone when `offset` (mod 3) other bytes stand before it. */
function base64At(bytes: Buffer, offset: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes])
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor((padded.length * 8) / 6)
  const whole = padded.toString('base64').slice(first, last)
  return whole.length < 4 ? [] : [whole, whole.replaceAll('+', '-').replaceAll('/', '_')]
}
