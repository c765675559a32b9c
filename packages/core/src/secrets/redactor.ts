import { viewsOf } from './encoded-view.ts'
import { formsOf } from './secret-forms.ts'

const mask = '[redacted]'

/** A piece of a text: from the first offset up to the second. */
type Span = readonly [start: number, end: number]

/**
 * Knows every value that was read as a secret, and takes it out of any text that leaves the process, in each form in
 * which it may turn up: raw, URL-encoded, JSON-escaped, hex, base64, and mixtures of them. The user info of any URL is
 * taken out too, known or not.
 */
export class Redactor {
  /** How often each was added: one value may come from two places, and be forgotten by one of them. */
  readonly #secrets = new Map<string, number>()
  #forms: readonly string[] | undefined
  #spaces = false
  readonly #shown = new Set<string>()

  /** Adds a secret. Of one with several lines (a PEM key) each longer line is a secret too. */
  add(value: string): void {
    const before = this.#secrets.size
    for (const part of partsOf(value)) this.#secrets.set(part, (this.#secrets.get(part) ?? 0) + 1)
    if (this.#secrets.size === before) return
    this.#forms = undefined
    this.#spaces ||= value.includes(' ')
  }

  /** Takes back one `add` of a secret that is worth nothing any more: a run that goes on would collect them for ever. */
  forget(value: string): void {
    for (const part of partsOf(value)) {
      const count = this.#secrets.get(part) ?? 0
      if (count > 1) this.#secrets.set(part, count - 1)
      else this.#secrets.delete(part)
    }
    this.#forms = undefined
  }

  /** A text that is ours and stays as it is, whatever the secrets are: the name of a target, `postgres db:5432/orders`. */
  show(text: string): void {
    this.#shown.add(text)
  }

  /** Returns the text with every form of every secret replaced by `[redacted]`. */
  redact(text: string): string {
    const spans = userInfoIn(text)
    if (this.#secrets.size > 0) {
      this.#forms ??= [...new Set([...this.#secrets.keys()].flatMap(formsOf))]
      for (const { text: reading, starts, ends } of viewsOf(text, { spaces: this.#spaces })) {
        for (const form of this.#forms) {
          for (const [start, end] of occurrences(reading, form)) {
            spans.push([starts?.[start] ?? start, ends?.[end - 1] ?? end])
          }
        }
      }
    }
    const shown = [...this.#shown].flatMap((each) => [...everywhere(text, each)])
    const hidden = spans.filter(([start, end]) => !shown.some(([from, to]) => from <= start && end <= to))
    return hidden.length === 0 ? text : masked(text, hidden)
  }
}

function partsOf(value: string): ReadonlySet<string> {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim())
  return new Set([
    ...[value, value.trim()].filter((part) => part.trim() !== ''),
    ...lines.filter((line) => line.length >= 8),
  ])
}

/** RFC 3986 §3.2.1: between `//` and the last `@` before the path. */
function userInfoIn(text: string): Span[] {
  if (!text.includes('://') || !text.includes('@')) return []
  return [...text.matchAll(/:\/\/([^\s/?#"<>]+)@/g)].map(({ index, 0: match }) => [index + 3, index + match.length - 1])
}

/**
 * Default passwords that are ordinary words of messages, ours and the servers'. Taking such a word out everywhere would
 * tell the password to whoever reads what is left: `127.0.0.1/[redacted]: no user "[redacted]"`.
 */
const words = new Set(
  (
    'postgres postgresql mysql mariadb redis mongo mongodb rabbitmq kafka nats vault minio root admin user guest test ' +
    'demo default example app web db database host localhost password passwd pass secret token key changeme none null ' +
    'true false'
  ).split(' '),
)

/** Whether a secret could be any word or number of a text. */
function isOrdinary(form: string): boolean {
  return form.length < 4 || /^\d{4,6}$/.test(form) || words.has(form.toLowerCase())
}

/** All of them, overlapping ones too. One that could be any word counts only where it stands as a value. */
function* occurrences(text: string, form: string): Generator<Span> {
  const isWord = isOrdinary(form) && /^\w+$/.test(form)
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
    const end = start + form.length
    const isAlone = form.length >= 4 || (isEdge(text, start) && isEdge(text, end))
    if (isWord ? isEdge(text, start) && isEdge(text, end) && isValue(text, start) : isAlone) yield [start, end]
  }
}

/** Every place where a text stands in another. */
function* everywhere(text: string, part: string): Generator<Span> {
  for (let start = text.indexOf(part); start >= 0; start = text.indexOf(part, start + 1))
    yield [start, start + part.length]
}

/** Whether what begins here stands behind `=` or a colon, as `password=…`, `"token": "…"` and `password …` do. */
function isValue(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 20), start)
  return /(?:\w=|["']\s*[=:]\s*|(?:pass\w*|pwd|token|secret|key)["']?\s*[=:]?\s+)["'`]?$/i.test(before)
}

/** Whether no letters or digits stand on both sides of an offset. */
function isEdge(text: string, offset: number): boolean {
  return !/^[A-Za-z0-9]{2}$/.test(text.slice(Math.max(0, offset - 1), offset + 1))
}

/** Spans that meet or overlap disappear behind one mask. */
function masked(text: string, spans: readonly Span[]): string {
  let result = ''
  let rest = 0
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    if (start > rest || rest === 0) result += text.slice(rest, start) + mask
    rest = Math.max(rest, end)
  }
  return result + text.slice(rest)
}
