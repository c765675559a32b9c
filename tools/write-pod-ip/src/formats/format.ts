import type { Environment } from '@initbox/core'
import type { Facts } from '../facts/facts.ts'

export type FormatSettings = {
  /** Names for the addresses in a hosts file, the canonical one first; the Pod's own name when empty. */
  readonly hostNames: readonly string[]
  /** The template and how errors call it. */
  readonly template: { readonly name: string; readonly text: string } | undefined
  readonly environment: Environment
}

/** Makes the text of a file. Throws RefusedError for a value that the format cannot carry. */
export type Format = (facts: Facts, settings: FormatSettings) => string
