import { type Duration, nearest, parseDuration } from '@initbox/core'
import type { Mapping, Node } from './tree.ts'

/** Where a value stands, and what is told of it. */
export type Place = {
  /** `copies[0].from`; empty for the whole document. */
  readonly path: string
  readonly problem: (offset: number, message: string) => void
  /** Counts a value; throws when a document of aliases has become too large. */
  readonly visit: () => void
}

type Schema = Readonly<Record<string, unknown>>

/** What a value must look like: reads it from a document, and describes itself as JSON Schema. */
export type Shape<T> = {
  /** Undefined when there was a problem, which `place` knows then. */
  readonly read: (node: Node, place: Place) => T | undefined
  readonly schema: Schema
  /** What a missing field is; without it the field is required. */
  readonly missing?: { readonly value: T }
}

export type ValueOf<S> = S extends Shape<infer T> ? T : never
type Fields = Readonly<Record<string, Shape<unknown>>>
type MapOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** What is read as a text, whatever YAML would take it for: `0750`, `on`. */
const anyScalar: Schema = { type: ['string', 'number', 'boolean'] }

/** A scalar that `parse` understands; its Error must complete "`mode` …" and may quote the text, which is not told. */
function of<T>(type: string, parse: (text: string) => T, schema = anyScalar): Shape<T> {
  return {
    schema,
    read: (node, { path, problem }) => {
      if (node.kind !== 'scalar' || isNull(node)) {
        problem(node.offset, `${path} must be ${article(type)}`)
        return undefined
      }
      try {
        return parse(node.text)
      } catch (error) {
        problem(node.offset, `${path} ${withoutValue(error, node.text, type)}`)
        return undefined
      }
    },
  }
}

/** Builders of shapes. */
export const shape = {
  of,
  text: of('text', (text) => text),
  duration: of<Duration>('duration such as 30s', parseDuration),
  boolean: of('true or false', parseBoolean, { type: 'boolean' }),

  integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {}) {
    const parse = (text: string): number => {
      const number = Number(text)
      if (!/^-?\d+$/.test(text)) throw new Error('must be a whole number')
      if (number < min || number > max) throw new Error(`must be from ${min} to ${max}`)
      return number
    }
    return of('whole number', parse, { type: 'integer', minimum: min, maximum: max })
  },

  enum<const V extends string>(values: readonly V[]): Shape<V> {
    const parse = (text: string): V => {
      const found = values.find((value) => value === text)
      if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`)
      return found
    }
    return of('text', parse, { enum: values })
  },

  list<T>(item: Shape<T>): Shape<readonly T[]> {
    return {
      schema: { type: 'array', items: item.schema },
      read: (node, place) => {
        place.visit()
        // A field that is there without a value is an empty list.
        if (isNull(node)) return []
        if (node.kind !== 'list') {
          place.problem(node.offset, `${place.path || 'it'} must be a list`)
          return undefined
        }
        return node.items.map((each, index) => item.read(each, { ...place, path: `${place.path}[${index}]` })) as T[]
      },
    }
  },

  /** A map with these fields and no others. */
  map<const F extends Fields>(fields: F): Shape<MapOf<F>> {
    const required = Object.keys(fields).filter((key) => fields[key]?.missing === undefined)
    const properties = Object.fromEntries(Object.entries(fields).map(([key, { schema }]) => [key, schema]))
    return {
      schema: { type: 'object', properties, additionalProperties: false, ...(required.length > 0 && { required }) },
      read: (node, place) => readMap(fields, node, place) as MapOf<F> | undefined,
    }
  },

  /** A map from names of the user's own to values of one shape. */
  record<T>(value: Shape<T>): Shape<Readonly<Record<string, T>>> {
    return {
      schema: { type: 'object', additionalProperties: value.schema },
      read: (node, place) => {
        const map = asMap(node, place)
        if (map === undefined) return undefined
        const read = uniqueEntries(map, place).map(({ key, value: each }) => [key, value.read(each, at(place, key))])
        return Object.fromEntries(read) as Record<string, T>
      },
    }
  },

  /** A text in short, or the map that it is short for. */
  shorthand<T>(short: (text: string) => T, long: Shape<T>): Shape<T> {
    const scalar = of('text', short)
    return {
      schema: { anyOf: [scalar.schema, long.schema] },
      read: (node, place) => (node.kind === 'scalar' && !isNull(node) ? scalar : long).read(node, place),
    }
  },

  optional<T>(given: Shape<T>): Shape<T | undefined> {
    return { ...given, missing: { value: undefined } }
  },

  /** With a value for a field that is not there. */
  or<T>(given: Shape<T>, value: T): Shape<T> {
    return { ...given, missing: { value } }
  },
}

/** JSON Schema (draft 2020-12) of a shape, for editors. */
export function jsonSchema({ schema }: Shape<unknown>, title: string): Schema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...schema }
}

function readMap(fields: Fields, node: Node, place: Place): Readonly<Record<string, unknown>> | undefined {
  const map = asMap(node, place)
  if (map === undefined) return undefined
  const found = new Map(uniqueEntries(map, place).map((entry) => [entry.key, entry]))
  for (const { key, offset } of found.values()) {
    if (Object.hasOwn(fields, key)) continue
    const near = nearest(key, Object.keys(fields))
    const known = near === undefined ? `known are ${Object.keys(fields).join(', ')}` : `did you mean ${near}?`
    place.problem(offset, `${at(place, key.slice(0, 40)).path} is unknown, ${known}`)
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => {
      const entry = found.get(key)
      const missing = entry === undefined || isNull(entry.value)
      if (missing && field.missing !== undefined) return [key, field.missing.value]
      if (entry !== undefined) return [key, field.read(entry.value, at(place, key))]
      place.problem(node.offset, `${at(place, key).path} is missing`)
      return [key, undefined]
    }),
  )
}

function asMap(node: Node, place: Place): Mapping | undefined {
  place.visit()
  if (node.kind === 'map') return node
  place.problem(node.offset, `${place.path || 'it'} must be a map`)
  return undefined
}

function uniqueEntries(map: Mapping, place: Place): Mapping['entries'] {
  const seen = new Set<string>()
  return map.entries.filter(({ key, offset }) => {
    if (seen.has(key)) place.problem(offset, `${at(place, key.slice(0, 40)).path} is given twice`)
    return seen.size < seen.add(key).size
  })
}

function at(place: Place, key: string): Place {
  return { ...place, path: place.path === '' ? key : `${place.path}.${key}` }
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.plain && /^(null|Null|NULL|~|)$/.test(node.text)
}

function parseBoolean(text: string): boolean {
  if (/^true$/i.test(text)) return true
  if (/^false$/i.test(text)) return false
  throw new Error('must be true or false')
}

/** A message that does not quote the value, which may be a password that stands in the wrong place. */
function withoutValue(error: unknown, text: string, type: string): string {
  const message = (error instanceof Error ? error.message : '').replace(/,? ?(not|as|:) '[\s\S]*$/, '')
  return message === '' || (text.length > 2 && message.includes(text)) ? `must be ${article(type)}` : message
}

function article(type: string): string {
  return /^(text|true)/.test(type) ? type : `a ${type}`
}
