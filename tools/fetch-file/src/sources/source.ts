/** What a server says of the content before it sends it. */
export type Facts = {
  /** Bytes of the whole, where the server says so. */
  readonly size: number | undefined
  /** A strong ETag, with its quotes. */
  readonly etag: string | undefined
  /** As sent. */
  readonly lastModified: string | undefined
  /** The media type without parameters. */
  readonly type: string | undefined
  /** The bytes are compressed although nobody asked for that: `gzip`. */
  readonly encoding: string | undefined
}

/** Which bytes are wanted. */
export type Ask = {
  readonly from: number
  /** Up to, not including; to the end unless given. */
  readonly to?: number
  /** What is known of the content whose rest is wanted. */
  readonly of?: Facts | undefined
  /** Only if it is another content than this. */
  readonly unless?: Facts | undefined
}

/** Takes bytes, and may take its time: then it is asked to wait no longer than until the promise is kept. */
export type Take = (bytes: Buffer) => void | Promise<void>

/** An answer whose bytes are still to come: they are taken by `drain`, or `cancel` ends it. */
export type Opened = {
  readonly kind: 'content'
  /** Where they begin. */
  readonly from: number
  readonly facts: Facts
  /** Whether the server can begin elsewhere. */
  readonly ranges: boolean
  /** Hands on all bytes. Throws NotReadyError where the connection ends before. */
  drain(take: Take): Promise<void>
  cancel(): void
}

/**
 * An answer without bytes: the content is as it was, there is nothing behind what is there, or it ends before that, and is
 * another one.
 */
export type Nothing = { readonly kind: 'unchanged' | 'complete' | 'shorter' }

/** Where a file comes from: one for each scheme. */
export type Source = {
  /** For messages. */
  readonly name: string
  /** Throws NotReadyError for what may be tried again, and any other ToolError for what may not. */
  open(ask: Ask, signal: AbortSignal): Promise<Opened | Nothing>
}

/** Whether two answers are about the same bytes, as far as they say. */
export function isSame(a: Facts, b: Facts): boolean {
  if (a.size !== b.size && a.size !== undefined && b.size !== undefined) return false
  if (a.etag !== undefined || b.etag !== undefined) return a.etag === b.etag
  return a.lastModified !== undefined && a.lastModified === b.lastModified
}
