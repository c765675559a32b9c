/**
 * Makes text that came from elsewhere (a server's error, a file name) safe to print: control characters and invisible
 * ones, such as direction marks, become `\u001b`, so that they can neither colour a terminal nor forge a line of the
 * log. Line feeds and tabs stay. Inside a JSON string the result means the same as before.
 */
export function printable(text: string): string {
  // Most text is plain ASCII, and the Unicode classes below take time at their first use.
  if (!/[^\n\t -~]/.test(text)) return text
  return text.replaceAll('\r\n', '\n').replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

/** Joins the lines of a text to one. */
export function oneLine(text: string): string {
  if (!/[\r\n]/.test(text)) return text
  const lines = text.split(/[\r\n]+/).map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
