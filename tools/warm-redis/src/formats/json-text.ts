/** Why a record is not valid; its message completes "products.ndjson:17: …" and holds no value. */
export class RecordError extends Error {}

/**
 * The members of a JSON object, each as the text that stands there: numbers keep all their digits. The text must be valid
 * JSON. Throws RecordError when it is no object or names a member twice.
 */
export function membersOf(text: string, what: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = blank(text, 0)
  if (text[at] !== '{') throw new RecordError(`${what} is ${kindOf(text)}, not an object`)
  at = blank(text, at + 1)
  while (text[at] !== '}') {
    const nameEnd = valueEnd(text, at)
    const name = stringOf(text.slice(at, nameEnd))
    const start = blank(text, blank(text, nameEnd) + 1)
    const end = valueEnd(text, start)
    if (members.has(name)) throw new RecordError(`${what} has the member '${name.slice(0, 40)}' twice`)
    members.set(name, text.slice(start, end))
    at = blank(text, end)
    if (text[at] === ',') at = blank(text, at + 1)
  }
  return members
}

/** The elements of a JSON array, each as the text that stands there. */
export function elementsOf(text: string, what: string): string[] {
  const elements: string[] = []
  let at = blank(text, 0)
  if (text[at] !== '[') throw new RecordError(`${what} is ${kindOf(text)}, not an array`)
  at = blank(text, at + 1)
  while (text[at] !== ']') {
    const end = valueEnd(text, at)
    elements.push(text.slice(at, end))
    at = blank(text, end)
    if (text[at] === ',') at = blank(text, at + 1)
  }
  return elements
}

/** A JSON string as the text that it means. Half of a surrogate pair has no bytes in UTF-8. */
export function stringOf(json: string): string {
  const text: unknown = JSON.parse(json)
  if (typeof text !== 'string') throw new RecordError(`it is ${kindOf(json)}, not a string`)
  if (!text.isWellFormed()) throw new RecordError('a string holds half of a surrogate pair')
  return text
}

/** What a JSON text is, in words. */
export function kindOf(json: string): string {
  const kinds: Readonly<Record<string, string>> = {
    '"': 'a string',
    '{': 'an object',
    '[': 'an array',
    t: 'true',
    f: 'false',
    n: 'null',
  }
  return kinds[json[blank(json, 0)] ?? ''] ?? 'a number'
}

function blank(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r' || text[at] === '\n') at++
  return at
}

/** Where the value ends that begins at an offset. */
function valueEnd(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
      if (depth === 0) return at + 1
    } else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (character === ',' || character === ' ' || character === '\t' || character === ':'))
      return at
  }
  return text.length
}
