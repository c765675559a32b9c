/** What stands in for a variable that is unset or empty: a default, or an error with this message. */
export type Fallback = { readonly kind: 'default' | 'error'; readonly text: string }

/** A `${…}` of a template; `at` is its offset in the text. */
export type Reference =
  | { readonly kind: 'variable'; readonly name: string; readonly fallback: Fallback | undefined; readonly at: number }
  | { readonly kind: 'file'; readonly path: string; readonly at: number }

/** A mistake in the template at an offset; its message completes "line 3, column 14: …". */
export type Mistake = { readonly kind: 'mistake'; readonly message: string; readonly at: number }

/** Literal text is a plain string. */
export type Part = string | Reference | Mistake

const identifier = '[A-Za-z_][A-Za-z0-9_]*'
const id = new RegExp(`^(?:${identifier}|file:(?![-?])[^{}\\n]+)$`)
const variable = new RegExp(`(${identifier})(?::([-?])([^{}\\n]*))?\\}`, 'y')
// `${file:-x}` is the variable "file" with a default; a file of that name is `./-x`.
const file = /file:(?![-?])([^{}\n]+)\}/y
const listable = new RegExp(`file:(?![-?])[^{}\\n]+(?=\\})|${identifier}`, 'y')

/** Whether a text names what a reference can name: `NAME` or `file:PATH`. */
export function isReferenceId(text: string): boolean {
  return id.test(text)
}

/**
 * Splits a template into literal text and `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${file:path}`; `$$` is
 * one dollar, and a dollar before anything else is itself. With `only`, everything but the references listed there
 * stays byte for byte as it is, `$$` too, as envsubst does with its list.
 */
export function parseTemplate(text: string, only?: ReadonlySet<string>): Part[] {
  const parts: Part[] = []
  let literal = 0
  let at = text.indexOf('$')
  while (at !== -1) {
    const part = partAt(text, at, only)
    if (part !== undefined) {
      if (at > literal) parts.push(text.slice(literal, at))
      parts.push(part.part)
      literal = part.end
    }
    at = text.indexOf('$', part?.end ?? at + 1)
  }
  if (literal < text.length) parts.push(text.slice(literal))
  return parts
}

type Found = { readonly part: Part; readonly end: number }

/** What the dollar at this offset begins; nothing when it is plain text. */
function partAt(text: string, at: number, only: ReadonlySet<string> | undefined): Found | undefined {
  if (only === undefined && text[at + 1] === '$') return { part: '$', end: at + 2 }
  if (text[at + 1] !== '{') return undefined
  const start = at + 2
  if (only !== undefined && !only.has(match(listable, text, start)?.[0] ?? '')) return undefined

  const path = match(file, text, start)
  if (path !== undefined) return { part: { kind: 'file', path: path[1] ?? '', at }, end: start + path[0].length }
  const found = match(variable, text, start)
  if (found === undefined) return { part: { kind: 'mistake', message: explain(text, start, only), at }, end: start }
  const [all, name = '', mark, words = ''] = found
  const fallback: Fallback | undefined =
    mark === undefined
      ? undefined
      : {
          kind: mark === '-' ? 'default' : 'error',
          text: only === undefined ? words.replaceAll('$$', () => '$') : words,
        }
  return { part: { kind: 'variable', name, fallback, at }, end: start + all.length }
}

function explain(text: string, start: number, only: ReadonlySet<string> | undefined): string {
  const line = text.slice(start).split('\n', 1)[0] ?? ''
  const end = line.indexOf('}')
  if (end === -1) return "'${' has no '}' on its line"
  const inner = line.slice(0, end)
  if (inner.includes('{')) return "braces inside '${…}' are not supported"
  const shown = inner.length > 40 ? `${inner.slice(0, 40)}…` : inner
  const remedy = only === undefined ? '; $${ writes it as it is' : ''
  return `'\${${shown}}' is none of \${NAME}, \${NAME:-default}, \${NAME:?message}, \${file:path}${remedy}`
}

/** Matches a sticky expression at an offset. */
function match(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at
  return expression.exec(text) ?? undefined
}
