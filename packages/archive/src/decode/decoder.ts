/** Undoes a compression: takes bytes as they come and hands on what they become. */
export type Decoder = {
  /** Done when it can take more; these bytes are its own from now on, and what they become may be handed on later. */
  write(bytes: Buffer): Promise<void>
  /** There are no more. Throws RefusedError where the compressed data is cut off. */
  end(): Promise<void>
  /** Ends it where it is. */
  destroy(): void
}

/** Takes what a decoder makes; whatever it throws ends the decoding. It copies what it keeps: the bytes are gone afterwards. */
export type Out = (bytes: Buffer) => void

/**
 * Frees the memory under a chunk that was used up, where it is the last one of a buffer of its own: V8 sees only the small
 * object that points to it, and would let megabytes pile up before it collects any.
 */
export function release(chunk: Buffer): void {
  const { buffer, byteOffset, length } = chunk
  // Small buffers are pieces of a pool.
  const isOwn = byteOffset === 0 || buffer.byteLength > Buffer.poolSize
  if (isOwn && byteOffset + length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
