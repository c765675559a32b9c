import { RefusedError } from '@initbox/core'

/** A delta's two sizes and where its instructions begin (gitformat-pack, "deltified representation"). */
export type DeltaHead = { readonly base: number; readonly result: number; readonly start: number }

/** Below this many bytes a loop is faster than a call of `copy`. */
const SHORT = 48

export function deltaHead(delta: Buffer, length: number): DeltaHead {
  let at = 0
  const size = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      if (at >= length || factor > 2 ** 49) throw broken('its sizes are cut off')
      const byte = delta[at++] ?? 0
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  const base = size()
  const result = size()
  return { base, result, start: at }
}

/** A part of a buffer. */
export type Span = { readonly buffer: Buffer; readonly at: number; readonly length: number }

/**
 * Applies the instructions of a delta, from `start` on, to a base, and writes exactly as many bytes as `to` takes. This is
 * the hottest loop after inflating, hence the long function. Throws RefusedError for anything that reads or writes beyond.
 */
export function applyDelta(delta: Span, start: number, base: Span, to: Span): void {
  const { buffer: code } = delta
  const { buffer: from, at: origin } = base
  const { buffer: out } = to
  const end = delta.at + delta.length
  const last = to.at + to.length
  let write = to.at
  for (let at = delta.at + start; at < end;) {
    const op = code[at++] ?? 0
    if (op & 128) {
      let offset = 0
      let size = 0
      if (op & 1) offset = code[at++] ?? 0
      if (op & 2) offset |= (code[at++] ?? 0) << 8
      if (op & 4) offset |= (code[at++] ?? 0) << 16
      if (op & 8) offset += (code[at++] ?? 0) * 0x1000000
      if (op & 16) size = code[at++] ?? 0
      if (op & 32) size |= (code[at++] ?? 0) << 8
      if (op & 64) size |= (code[at++] ?? 0) << 16
      if (size === 0) size = 0x10000
      if (at > end || offset + size > base.length || write + size > last) throw broken('it copies what is not there')
      const first = origin + offset
      if (size < SHORT) for (let read = first; read < first + size;) out[write++] = from[read++] ?? 0
      else {
        from.copy(out, write, first, first + size)
        write += size
      }
    } else {
      if (op === 0 || at + op > end || write + op > last) throw broken('it inserts what is not there')
      if (op < SHORT) for (const stop = at + op; at < stop;) out[write++] = code[at++] ?? 0
      else {
        code.copy(out, write, at, at + op)
        write += op
        at += op
      }
    }
  }
  if (write !== last) throw broken('it makes fewer bytes than it says')
}

function broken(how: string): RefusedError {
  return new RefusedError(`the pack is damaged: a delta is broken, ${how}`)
}
