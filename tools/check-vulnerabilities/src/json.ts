import { RefusedError } from '@initbox/core'

/** What may stand in a JSON document, none of it trusted. */
export type Json = string | number | boolean | null | Json[] | JsonMap
export type JsonMap = { readonly [key: string]: Json }

/** Parses JSON. Throws RefusedError (exit 5) that tells the place, never the text. */
export function parseJson(document: string): Json {
  try {
    return JSON.parse(document)
  } catch (error) {
    const [, place = ''] =
      /(\(line \d+ column \d+\)|Unexpected end)/.exec(error instanceof Error ? error.message : '') ?? []
    throw new RefusedError(`it is not JSON ${place === 'Unexpected end' ? '(it is cut off)' : place}`.trimEnd(), {
      cause: error,
    })
  }
}

/** The fields of an object; of anything else none. */
export function fields(value: Json | undefined): JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
