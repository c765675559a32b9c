/** What stands in for a variable that is unset or empty: a default, itself a template, or an error with this message. */
export type Fallback =
  | { readonly kind: 'default'; readonly parts: readonly Part[] }
  | { readonly kind: 'error'; readonly text: string }

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
const variable = new RegExp(`(${identifier})(?:(\\})|:([-?]))`, 'y')
// `${file:-x}` is the variable "file" with a default; a file of that name is `./-x`.
const file = /file:(?![-?])([^{}\n]+)\}/y
const listable = new RegExp(`file:(?![-?])[^{}\\n]+(?=\\})|${identifier}`, 'y')

/** Defaults in defaults deeper than this are a mistake. */
const deepest = 20

/** Whether a text names what a reference can name: `NAME` or `file:PATH`. */
export function isReferenceId(text: string): boolean {
  return id.test(text)
}

/**
 * Splits a template into literal text and `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${file:path}`. Only before
 * a brace two dollars are one, so `$${NAME}` is written as `${NAME}`, and `$$` of SQL, shell and Makefiles stays. A default
 * is a template too. With `only`, everything but the references listed there stays byte for byte as it is, `$$` too, as
 * envsubst does with its list.
 */
export function parseTemplate(text: string, only?: ReadonlySet<string>): Part[] {
  return partsOf({ text, only, end: text.length, depth: 0 }, 0)
}

/** What a template names, `NAME` or `file:PATH`, in its defaults too. */
export function referencesIn(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string' || part.kind === 'mistake') return []
    if (part.kind === 'file') return [`file:${part.path}`]
    return [part.name, ...(part.fallback?.kind === 'default' ? referencesIn(part.fallback.parts) : [])]
  })
}

/** A template, or the part of one up to `end` that is a default. */
type Scope = {
  readonly text: string
  readonly only: ReadonlySet<string> | undefined
  readonly end: number
  readonly depth: number
}

function partsOf(scope: Scope, start: number): Part[] {
  const { text, end } = scope
  const parts: Part[] = []
  let literal = start
  for (let at = text.indexOf('$', start); at !== -1 && at < end;) {
    const found = partAt(scope, at)
    if (found.part !== undefined) {
      if (found.at > literal) parts.push(text.slice(literal, found.at))
      parts.push(found.part)
      literal = found.end
    }
    at = text.indexOf('$', found.end)
  }
  if (literal < end) parts.push(text.slice(literal, end))
  return parts
}

/** What a dollar begins, nothing when it is plain text; and where to go on. */
type Found = { readonly part: Part | undefined; readonly at: number; readonly end: number }

function partAt(scope: Scope, at: number): Found {
  const { text, only, depth } = scope
  let brace = at
  while (text[brace] === '$') brace++
  if (text[brace] !== '{' || brace >= scope.end) return { part: bareName(scope, brace), at: brace - 1, end: brace }
  const dollars = brace - at
  if (only === undefined && dollars > 1) {
    // Two are one; an odd one at the end begins a reference, which is looked at next.
    const pairs = Math.floor(dollars / 2)
    return { part: '$'.repeat(pairs), at, end: dollars % 2 === 0 ? brace : brace - 1 }
  }
  const dollar = brace - 1
  const start = brace + 1
  if (only !== undefined && !only.has(match(listable, text, start)?.[0] ?? ''))
    return { part: undefined, at: dollar, end: brace }
  const path = match(file, text, start)
  if (path !== undefined) {
    return { part: { kind: 'file', path: path[1] ?? '', at: dollar }, at: dollar, end: start + path[0].length }
  }
  const mistake = (message: string): Found => ({
    part: { kind: 'mistake', message, at: dollar },
    at: dollar,
    end: start,
  })
  const head = match(variable, text, start)
  if (head === undefined) return mistake(explain(text, start, only))
  const [all, name = '', closed, mark] = head
  const from = start + all.length
  if (closed !== undefined)
    return { part: { kind: 'variable', name, fallback: undefined, at: dollar }, at: dollar, end: from }
  const to = closing(text, from)
  if (to === undefined || to >= scope.end) return mistake("'${' has no '}' on its line")
  if (depth === deepest) return mistake(`defaults are nested more than ${deepest} deep`)
  const fallback: Fallback =
    mark === '?'
      ? { kind: 'error', text: text.slice(from, to) }
      : { kind: 'default', parts: partsOf({ ...scope, end: to, depth: depth + 1 }, from) }
  return { part: { kind: 'variable', name, fallback, at: dollar }, at: dollar, end: to + 1 }
}

/** `$NAME` is text in a template, since shells and nginx use it; in a default it is taken for a reference that was meant. */
function bareName({ text, only, depth }: Scope, at: number): Mistake | undefined {
  const name = depth === 0 || only !== undefined ? undefined : match(new RegExp(identifier, 'y'), text, at)?.[0]
  if (name === undefined) return undefined
  return { kind: 'mistake', message: `$${name} in a default is not replaced, write \${${name}}`, at: at - 1 }
}

/** Where the brace closes that was opened before this offset, on the same line; braces within come in pairs. */
function closing(text: string, start: number): number | undefined {
  let open = 1
  for (let at = start; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '{') open++
    else if (text[at] === '}' && --open === 0) return at
  }
  return undefined
}

function explain(text: string, start: number, only: ReadonlySet<string> | undefined): string {
  const line = text.slice(start).split('\n', 1)[0] ?? ''
  const end = line.indexOf('}')
  if (end === -1) return "'${' has no '}' on its line"
  const inner = line.slice(0, end)
  if (inner.startsWith('file:-')) return `'\${${inner}}': a file takes no default`
  const shown = inner.length > 40 ? `${inner.slice(0, 40)}…` : inner
  const remedy = only === undefined ? '; $${ writes it as it is' : ''
  return `'\${${shown}}' is none of \${NAME}, \${NAME:-default}, \${NAME:?message}, \${file:path}${remedy}`
}

/** Matches a sticky expression at an offset. */
function match(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at
  return expression.exec(text) ?? undefined
}
