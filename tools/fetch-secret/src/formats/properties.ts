import { type Format, textsOf } from './format.ts'

/** As java.util.Properties reads it (its `load`), in ASCII. */
export const properties: Format = (found, label) =>
  textsOf(found, label)
    .map(([name, text]) => `${escape(name, /[\s\\:=#!]/g)}=${escape(text, /[\n\r\t\f\\]|^[ #!]/g)}\n`)
    .join('')

const letters: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\f': 'f' }

function escape(text: string, special: RegExp): string {
  return text
    .replace(special, (char) => `\\${letters[char] ?? char}`)
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
