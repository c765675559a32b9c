import { textOf } from '../facts/facts.ts'
import type { Format } from './format.ts'

/** Java properties (java.util.Properties): `pod.ip=10.244.1.7`, `label.app=web`, in ASCII. */
export const properties: Format = ({ all, labels, annotations }) => {
  const entries = [
    ...all.map((fact) => [fact.variable.toLowerCase().replaceAll('_', '.'), textOf(fact)] as const),
    ...[...(labels ?? [])].map(([key, value]) => [`label.${key}`, value] as const),
    ...[...(annotations ?? [])].map(([key, value]) => [`annotation.${key}`, value] as const),
  ]
  return entries.map(([key, value]) => `${escapeKey(key)}=${escapeValue(value)}\n`).join('')
}

function escapeKey(key: string): string {
  return escape(key).replaceAll(/[ :=#!]/g, (char) => `\\${char}`)
}

/** A value begins at its first character that is not white space, and ends with the line. */
function escapeValue(value: string): string {
  return escape(value).replace(/^ /, '\\ ')
}

const letters: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f' }

/** UTF-16 units, as Java has them: what is not in the Basic Multilingual Plane is two escapes. */
function escape(text: string): string {
  return text.replaceAll(
    /[^\x20-\x5b\x5d-\x7e]/g,
    (unit) => letters[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
