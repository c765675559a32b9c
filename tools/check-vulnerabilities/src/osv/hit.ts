import type { Component } from '../inputs/component.ts'
import type { OsvRecord } from './record.ts'

/** A record that is about a component. */
export type Hit = { readonly component: Component; readonly record: OsvRecord }

/** What a source of records knows of the components. */
export type Answer = {
  readonly hits: readonly Hit[]
  /** RFC 3339: when the newest of the records was written, or when the server answered. */
  readonly newest: string
  /** Records about a component whose version cannot be compared here, so that nobody knows. */
  readonly unknown: readonly Hit[]
}
