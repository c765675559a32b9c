import { html } from './html.ts'
import { json } from './json.ts'
import { none } from './none.ts'
import { shell } from './shell.ts'

/** Makes a value safe where it is inserted. */
export type Escape = (value: string) => string

/** The escapes by the names that `--escape` knows. */
export const escapes = { html, json, shell, none } satisfies Readonly<Record<string, Escape>>

export type EscapeName = keyof typeof escapes

export const escapeNames = Object.keys(escapes) as readonly EscapeName[]

/** The escape that the name of an output asks for. */
export function escapeFor(path: string): EscapeName {
  if (/\.html?$/i.test(path)) return 'html'
  return /\.json$/i.test(path) ? 'json' : 'none'
}
