/** A JSON value whose numbers are kept as they were written: `1.10` and `12345678901234567890` are no JavaScript numbers. */
export type Json = string | boolean | null | WrittenNumber | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** A number as the server wrote it. */
export class WrittenNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return rawJson(this.text)
  }
}

// TypeScript does not know these of ES2026 yet; Node has them since version 21.
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

/**
 * Parses JSON; undefined when the text is none, or is nested so deeply that it must be a bomb. What JSON.parse says about
 * a text quotes from it, so it is never told.
 */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown) as Json
  } catch {
    return undefined
  }
}

function keepNumbers(_: string, value: unknown, context: { readonly source: string }): unknown {
  return typeof value === 'number' ? new WrittenNumber(context.source) : value
}

/** Compact JSON with the numbers as they were written; undefined when it is nested too deeply. */
export function stringifyJson(value: Json, indent?: number): string | undefined {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch {
    return undefined
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber)
}

/** The value of a property that is the object's own, whatever it is called. */
export function property(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** A number that a protocol needs (a lease's seconds); 0 where there is none. */
export function numberOf(value: Json | undefined): number {
  const number = value instanceof WrittenNumber ? Number(value.text) : 0
  return Number.isFinite(number) ? number : 0
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
