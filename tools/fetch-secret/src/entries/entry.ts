import type { OutputPath } from '@initbox/core'
import type { EscapeName } from '@initbox/template'
import type { FormatName } from '../formats/index.ts'
import type { Address } from './address.ts'

/** Which part of a secret is meant: all of it, the value of a key, or what a JSON pointer (RFC 6901) leads to. */
export type Selector =
  | { readonly kind: 'whole' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'pointer'; readonly pointer: string; readonly steps: readonly string[] }

/** `base64` takes both alphabets, with and without padding. */
export const decodings = ['base64', 'hex'] as const
/** What happens to line ends at the end of a value: `keep` is byte for byte. */
export const newlines = ['keep', 'strip', 'add'] as const

/** One part of one secret. */
export type Pick = {
  readonly address: Address
  readonly selector: Selector
  /** What is missing or empty is left out instead of being an error. */
  readonly optional: boolean
  /** Stands in for what is missing or empty. */
  readonly fallback: string | undefined
  readonly decode: (typeof decodings)[number] | undefined
  readonly newline: (typeof newlines)[number]
}

/** A template's text and how errors call it; `escape` is applied to what is inserted. */
export type TemplateText = {
  readonly name: string
  readonly text: string
  readonly escape: EscapeName
}

/** What an output is made of. */
export type Recipe =
  | { readonly kind: 'format'; readonly pick: Pick; readonly format: FormatName }
  | { readonly kind: 'template'; readonly template: TemplateText; readonly values: ReadonlyMap<string, Pick> }
  /** A template whose variables are the keys of one secret. */
  | { readonly kind: 'keys-template'; readonly template: TemplateText; readonly pick: Pick }

/** One thing to write: a file, or a folder with a file for each key. */
export type Entry = {
  readonly to: OutputPath
  readonly isFolder: boolean
  /** Undefined: what `--mode` says. */
  readonly mode: number | undefined
  readonly recipe: Recipe
}

/** Every part of a secret that an entry needs. */
export function picksOf({ recipe }: Entry): readonly Pick[] {
  return recipe.kind === 'template' ? [...recipe.values.values()] : [recipe.pick]
}

/** The part of a secret as messages name it: `vault://secret/api#password`. */
export function formatPick({ address, selector }: Pick): string {
  if (selector.kind === 'whole') return address.label
  return `${address.label}#${selector.kind === 'key' ? selector.key : selector.pointer}`
}
