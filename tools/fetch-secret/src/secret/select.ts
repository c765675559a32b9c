import { NotFoundError, RefusedError, isText } from '@initbox/core'
import { formatPick, type Pick } from '../entries/entry.ts'
import { decode } from './decode.ts'
import type { Document } from './document.ts'
import { isObject, type Json, type JsonObject, parseJson, property, stringifyJson, WrittenNumber } from './json.ts'

/** A part of a secret that was found: bytes, or the named values of a whole one. */
export type Found =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'fields'; readonly fields: JsonObject }

/**
 * Takes the part that is meant out of a secret; undefined when it is missing or empty and may be. Throws NotFoundError
 * when it may not, RefusedError when the secret is not what the selector needs. No message quotes a value.
 */
export function select(document: Document | undefined, pick: Pick): Found | undefined {
  const { selector, fallback, optional } = pick
  const found = document === undefined ? undefined : lookUp(document, pick)
  if (found !== undefined && !('missing' in found)) return found
  if (fallback !== undefined) return { kind: 'bytes', bytes: Buffer.from(fallback) }
  if (optional) return undefined
  const whole = selector.kind === 'whole'
  throw new NotFoundError(`${formatPick(pick)} ${found?.missing ?? 'is not there'}`, {
    hint: hintFor(pick, document) ?? `${whole ? '#' : '&'}optional=true or default=… if that is right`,
  })
}

type Missing = { readonly missing: string }

function lookUp({ content }: Document, pick: Pick): Found | Missing {
  const { selector } = pick
  if (selector.kind === 'whole') {
    if (content.kind === 'fields') {
      return Object.keys(content.fields).length === 0 ? { missing: 'is empty' } : content
    }
    return finish(content.bytes, pick)
  }
  const fields = fieldsOf(content, pick.address.label)
  const value = selector.kind === 'key' ? property(fields, selector.key) : follow(fields, selector.steps)
  if (value === undefined) return { missing: 'is not there' }
  if (value === null) return { missing: 'is null' }
  return finish(bytesOf(value, pick), pick)
}

function finish(bytes: Uint8Array, pick: Pick): Found | Missing {
  const decoded = withNewline(decode(bytes, pick), pick)
  return decoded.length === 0 ? { missing: 'is empty' } : { kind: 'bytes', bytes: decoded }
}

/** The named values of a secret, which may be the JSON text of an object. */
export function fieldsOf(content: Document['content'], label: string): JsonObject {
  if (content.kind === 'fields') return content.fields
  const text = Buffer.from(content.bytes)
  const json = isText(text) ? parseJson(text.toString()) : undefined
  if (isObject(json)) return json
  throw new RefusedError(`${label} is not a JSON object, so there are no keys to choose from`, {
    hint: 'leave the key out to get all of it as it is',
  })
}

function follow(fields: JsonObject, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = fields
  for (const step of steps) {
    if (Array.isArray(at)) at = /^(0|[1-9]\d*)$/.test(step) ? (at as readonly Json[])[Number(step)] : undefined
    else at = isObject(at) ? property(at, step) : undefined
  }
  return at
}

/** Text as it is, numbers as they were written, and what has parts as JSON. */
export function bytesOf(value: Json, pick: Pick): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof WrittenNumber) return Buffer.from(value.text)
  const text = stringifyJson(value)
  if (text !== undefined) return Buffer.from(text)
  throw new RefusedError(`${formatPick(pick)} is nested too deeply`)
}

function withNewline(bytes: Uint8Array, { newline }: Pick): Uint8Array {
  if (newline === 'keep') return bytes
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === 10 || (bytes[end - 1] === 13 && end < bytes.length))) end--
  const stripped = bytes.subarray(0, end)
  return newline === 'strip' || end === 0 ? stripped : Buffer.concat([stripped, Buffer.from('\n')])
}

/** The names that there are; names are no secrets, but a hundred of them are no hint. */
function hintFor({ selector, address }: Pick, document: Document | undefined): string | undefined {
  if (selector.kind !== 'key' || document === undefined) return undefined
  if (selector.key === 'optional') return 'write #optional=true to make the whole secret optional'
  const { content } = document
  const keys = Object.keys(fieldsOf(content, address.label))
  if (keys.length === 0) return undefined
  const named = keys.slice(0, 3).map((key) => JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key))
  const rest = keys.length > 3 ? ` and ${keys.length - 3} more` : ''
  return `its keys are ${named.join(', ')}${rest}; what is nested needs a pointer such as #/a/b`
}
