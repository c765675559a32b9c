/** A piece of a template: text, the whole record as JSON, or a field. */
export type Piece = { readonly text: Buffer } | { readonly field: string } | 'json'

/** A template of a key or a value. */
export type Template = readonly Piece[]

/**
 * Parses `user:${id}`: `${NAME}` is a field of the record, `${@json}` the whole record, `$$` one dollar, and a dollar
 * before anything else is itself. Throws a plain Error whose message completes "`--key` …".
 */
export function parseTemplate(text: string): Template {
  const pieces: Piece[] = []
  let literal = ''
  const flush = (): void => {
    if (literal !== '') pieces.push({ text: Buffer.from(literal) })
    literal = ''
  }
  for (let at = 0; at < text.length;) {
    if (text[at] !== '$') literal += text[at++]
    else if (text[at + 1] === '$') {
      literal += '$'
      at += 2
    } else if (text[at + 1] === '{') {
      const end = text.indexOf('}', at)
      const name = text.slice(at + 2, end)
      if (end < 0) throw new Error("has '${' without '}'")
      if (name === '' || name.includes('{')) throw new Error("has '${…}' without the name of a field")
      if (name.startsWith('@') && name !== '@json') throw new Error(`has '\${${name}}', which is not '\${@json}'`)
      flush()
      pieces.push(name === '@json' ? 'json' : { field: name })
      at = end + 1
    } else literal += text[at++]
  }
  flush()
  return pieces
}

/** The fields that a template names. */
export function fieldsOf(template: Template | undefined): string[] {
  return (template ?? []).flatMap((piece) => (piece !== 'json' && 'field' in piece ? [piece.field] : []))
}

/** Renders a template; `field` throws for a field that is not there. */
export function render(template: Template, field: (name: string) => Buffer, json: () => Buffer): Buffer {
  const parts = template.map((piece) =>
    piece === 'json' ? json() : 'field' in piece ? field(piece.field) : piece.text,
  )
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}
