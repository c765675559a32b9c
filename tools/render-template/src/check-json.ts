import { RefusedError } from '@initbox/core'

/** RFC 8259 §2 to §7. */
const token = /[ \t\r\n]+|[{}[\]:,]|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|(?:true|false|null)\b/y

/** Throws RefusedError with the place of the first mistake; it quotes nothing, since a secret may have been inserted there. */
export function checkJson(name: string, text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const lines = text.slice(0, offsetOf(text, error)).split('\n')
    const place = `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
    throw new RefusedError(`the result of ${name} is no JSON at ${place}`, {
      hint: 'a text needs quotes around it in the template: "${NAME}"; --escape none does not look',
    })
  }
}

/** Of what is no token, such as a text without quotes, V8 does not tell where it stands. */
function offsetOf(text: string, error: unknown): number {
  token.lastIndex = 0
  let end = 0
  while (token.test(text)) end = token.lastIndex
  if (end < text.length) return end
  return Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length)
}
