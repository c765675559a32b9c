import type { Header } from '@initbox/net'

export type StatusRange = readonly [first: number, last: number]
/** A place in a JSON document and the text that it must have. */
export type Pointer = { readonly path: readonly string[]; readonly pointer: string; readonly value: string }

// Each of them throws a plain Error whose message completes "the parameter …".

/** Parses a method, in whatever case. */
export function parseMethod(text: string): string {
  const method = text.toUpperCase()
  if (!/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method)) throw new Error(`'${text}' is no method such as GET`)
  return method
}

/** Headers that describe the message itself: they are ours to write. */
const ours = new Set(['content-length', 'transfer-encoding', 'trailer', 'te', 'expect'])

/**
 * Parses `Name: value`. Control characters are refused (RFC 9110 §5.5), or one header could smuggle in another, and
 * characters beyond Latin-1, which cannot be sent.
 */
export function parseHeader(text: string): Header {
  const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new Error('is not of the form name: value')
  if (!isHeaderValue(value)) throw new Error(`has a character in ${name} that a header cannot have`)
  if (ours.has(name.toLowerCase())) throw new Error(`sets ${name}, which wait-for does itself`)
  return [name.toLowerCase(), value]
}

/** What Node and RFC 9110 §5.5 allow. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

/** Parses `200-299,404,5xx`. */
export function parseStatuses(text: string): readonly StatusRange[] {
  return text.split(',').map((part) => {
    const [, hundred] = /^([1-5])xx$/i.exec(part.trim()) ?? []
    if (hundred !== undefined) return [Number(hundred) * 100, Number(hundred) * 100 + 99]
    const [, first = '', last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part.trim()) ?? []
    if (first === '' || Number(last) < Number(first))
      throw new Error(`'${part}' is no status such as 200, 200-299 or 5xx`)
    return [Number(first), Number(last)]
  })
}

/** Parses `/status=UP`: a JSON pointer (RFC 6901), and behind the first `=` the value. */
export function parsePointer(text: string): Pointer {
  const [, pointer, value = ''] = /^((?:\/(?:[^~=/]|~[01])*)*)=(.*)$/s.exec(text) ?? []
  if (pointer === undefined) throw new Error(`'${text}' is not of the form /pointer=value`)
  const path = pointer.split('/').slice(1)
  return { pointer, path: path.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')), value }
}

/** What stands at a place of a JSON document, as text: strings as they are, all else as JSON; undefined where nothing is. */
export function at(document: unknown, path: readonly string[]): string | undefined {
  let value = document
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[step]
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
