import type { JsonObject } from './json.ts'

/** A lease on a dynamic secret: the credentials end with it. */
export type Lease = { readonly id: string; readonly seconds: number; readonly renewable: boolean }

/** What one source gave: named values, or bytes that nobody has looked at. */
export type Document = {
  readonly content:
    | { readonly kind: 'fields'; readonly fields: JsonObject }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Which one it was, for `plan`: `version 3`. */
  readonly version?: string | undefined
  readonly lease?: Lease | undefined
  /** How long what it holds is good, where that is known: a lease, a certificate. */
  readonly seconds?: number | undefined
}
