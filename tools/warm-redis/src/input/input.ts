import { secretsIn } from '@initbox/core'
import { type FormatName, formatNames } from '../formats/index.ts'
import { parseHttp } from './http-url.ts'

/** Where records come from, and how they are written if the name does not say. */
export type Input = {
  /** As it was given, without the format. */
  readonly place: string
  readonly kind: 'stdin' | 'path' | 'http' | 'postgres'
  readonly format: FormatName | undefined
}

/**
 * Parses `[format:]path`, `-` for standard input, `http(s)://…#sha256=…` and `postgres://…`. Throws a plain Error whose
 * message completes "`--in` …".
 */
export function parseInput(text: string): Input {
  const [, prefix = '', rest = ''] = /^([a-z]+):(?!\/\/)(.*)$/s.exec(text) ?? []
  const format = formatNames.find((name) => name === prefix)
  const place = format === undefined ? text : rest
  if (place === '') throw new Error('must not be empty')
  if (place === '-') {
    if (format === undefined) throw new Error(`needs a format for standard input, such as ndjson:-`)
    return { place, kind: 'stdin', format }
  }
  const [, scheme] = /^([a-z][a-z+]*):\/\//.exec(place) ?? []
  if (scheme === 'http' || scheme === 'https') {
    if (!URL.canParse(place)) throw new Error('must be a URL')
    parseHttp(place)
    return { place, kind: 'http', format }
  }
  if (scheme === 'postgres' || scheme === 'postgresql') {
    if (!URL.canParse(place)) throw new Error('must be a URL')
    return { place, kind: 'postgres', format }
  }
  if (scheme !== undefined) throw new Error(`must be a path, http(s):// or postgres://, not ${scheme}://`)
  return { place, kind: 'path', format }
}

/** What is secret in an input, for the redactor. */
export function secretsInInput({ place, kind }: Input): string[] {
  return kind === 'http' || kind === 'postgres' ? secretsIn(new URL(place)) : []
}
