import { html } from './html.ts'
import { json } from './json.ts'
import { none } from './none.ts'
import { properties } from './properties.ts'
import { shell } from './shell.ts'
import { xml } from './xml.ts'
import { yaml } from './yaml.ts'

/**
 * Makes a value safe where it is inserted; `before` is the result so far. Throws a plain Error, whose message completes
 * "NAME …", for a value that cannot be.
 */
export type Escape = (value: string, before: string) => string

/** The escapes by the names that `--escape` knows. */
export const escapes = { html, json, yaml, xml, properties, shell, none } satisfies Readonly<Record<string, Escape>>

export type EscapeName = keyof typeof escapes

export const escapeNames = Object.keys(escapes) as readonly EscapeName[]

const byEnding: Readonly<Record<string, EscapeName>> = {
  html: 'html',
  htm: 'html',
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  xml: 'xml',
  properties: 'properties',
}

/** The escape that the name of an output asks for. */
export function escapeFor(path: string): EscapeName {
  return byEnding[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? 'none'
}
