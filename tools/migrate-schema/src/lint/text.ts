import { Lexer } from '../sql/lexer.ts'

/**
 * A statement in one line and lower case for rules to match: one space between tokens, every string as `''`, no comments.
 * Quoted names stay as they are.
 */
export function plainText(sql: string): string {
  const lexer = new Lexer()
  lexer.feed(sql)
  lexer.finish()
  const parts: string[] = []
  while (lexer.next()) {
    if (lexer.kind === 'comment') continue
    const text = lexer.slice(lexer.start, lexer.end)
    if (lexer.kind === 'string') parts.push("''")
    else if (lexer.kind === 'quoted') parts.push(text)
    else parts.push(text.toLowerCase())
  }
  return parts.join(' ').replaceAll(' . ', '.').replaceAll(' ,', ',')
}

/** Splits at commas outside parentheses: the actions of an ALTER TABLE. */
export function splitActions(text: string): string[] {
  const actions: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')') depth--
    else if (text[at] === ',' && depth === 0) {
      actions.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return [...actions, text.slice(start).trim()]
}
