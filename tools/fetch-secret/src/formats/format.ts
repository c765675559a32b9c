import { RefusedError } from '@initbox/core'
import { type Json, type JsonObject, stringifyJson, WrittenNumber } from '../secret/json.ts'
import { fieldsOf, type Found } from '../secret/select.ts'

/** Turns a secret into the bytes of a file; `label` names it in errors, which never quote a value. Throws RefusedError. */
export type Format = (found: Found, label: string) => string | Uint8Array

/** The named values as text: numbers as they were written, what has parts as JSON. Null has no text and is refused. */
export function textsOf(found: Found, label: string): readonly (readonly [name: string, text: string])[] {
  return Object.entries(namedIn(found, label)).map(([name, value]) => [name, textOf(name, value, label)])
}

export function namedIn(found: Found, label: string): JsonObject {
  return found.kind === 'fields' ? found.fields : fieldsOf(found, label)
}

function textOf(name: string, value: Json, label: string): string {
  if (typeof value === 'string') return value
  if (value instanceof WrittenNumber) return value.text
  if (value === null) throw new RefusedError(`${label}: ${JSON.stringify(name)} is null, which is no text`)
  const text = stringifyJson(value)
  if (text === undefined) throw new RefusedError(`${label}: ${JSON.stringify(name)} is nested too deeply`)
  return text
}

/** A name that shells and programs take for a variable. */
export function variableName(name: string, label: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw new RefusedError(`${label}: ${JSON.stringify(name)} is no name for a variable`, {
    hint: 'use format=json or a folder, or rename it with a template',
  })
}

/** The value of a name as a file has it: null is an empty file. */
export function bytesOfField(name: string, value: Json, label: string): string {
  return value === null ? '' : textOf(name, value, label)
}
