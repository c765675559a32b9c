import type { Header } from '@initbox/net'

export type StatusRange = readonly [first: number, last: number]
/** A place in a JSON document and the text that it must have. */
export type Pointer = { readonly path: readonly string[]; readonly pointer: string; readonly value: string }

// Each of them throws a plain Error whose message completes "the parameter …".

/** Parses `Name: value`; control characters are refused (RFC 9110 §5.5), or one header could smuggle in another. */
export function parseHeader(text: string): Header {
  const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\p{Cc}]*)$/u.exec(text) ?? []
  if (name === undefined) throw new Error('is not of the form name: value')
  return [name.toLowerCase(), value]
}

/** Parses `200-299,404`. */
export function parseStatuses(text: string): readonly StatusRange[] {
  return text.split(',').map((part) => {
    const [, first = '', last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part.trim()) ?? []
    if (first === '' || Number(last) < Number(first)) throw new Error(`'${part}' is no status such as 200 or 200-299`)
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
