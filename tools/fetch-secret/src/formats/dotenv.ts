import { RefusedError } from '@initbox/core'
import { type Format, textsOf, variableName } from './format.ts'

/**
 * Lines that a POSIX shell, docker compose and the dotenv libraries of Node, Go and Python all read alike: a plain word, or
 * single quotes with nothing to escape within; double quotes only where nothing in them means anything.
 */
export const dotenv: Format = (found, label) =>
  textsOf(found, label)
    .map(([name, text]) => `${variableName(name, label)}=${quoted(name, text, label)}\n`)
    .join('')

function quoted(name: string, text: string, label: string): string {
  if (text.includes('\0')) throw new RefusedError(`${label}: ${name} holds a NUL byte, which no variable can`)
  if (/^[\w.,:/@%+-]*$/.test(text)) return text
  // Two backslashes are one for python-dotenv, and one before the quote escapes it for docker compose.
  if (!text.includes("'") && !/\\\\|\\$/.test(text)) return `'${text}'`
  if (!/["$`\\\n\r!]/.test(text)) return `"${text}"`
  throw new RefusedError(`${label}: ${name} has quotes or backslashes that readers of .env files take differently`, {
    hint: 'write it to a file of its own, or take format=json',
  })
}
