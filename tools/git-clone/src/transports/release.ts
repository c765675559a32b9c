/**
 * Gives the memory of a piece of an answer back at once: V8 would keep a whole pack of them. Only of one that is alone in
 * its memory: others are slices of Node's pool.
 */
export function release({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && 'transfer' in buffer) buffer.transfer(0)
}
