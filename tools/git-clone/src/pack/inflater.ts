import { builtin, RefusedError } from '@initbox/core'

/** zlib's Z_SYNC_FLUSH: all that can be made of the input so far. */
const SYNC_FLUSH = 2

/**
 * Inflates zlib streams one after the other, in whatever pieces they come, into memory that the caller gives. After
 * `write`, `used` and `made` say how many bytes were read and written. A stream has ended when it leaves input over
 * although there was room for output.
 */
export type Inflater = {
  readonly used: number
  readonly made: number
  /** Begins the next stream. */
  readonly reset: () => void
  readonly write: (from: Buffer, start: number, end: number, to: Buffer, at: number, room: number) => void
}

/** What Node's zlib streams have inside and no type tells. */
type Handle = {
  reset: () => void
  writeSync: (flush: number, from: Buffer, start: number, length: number, to: Buffer, at: number, room: number) => void
}

/**
 * The fastest there is: one zlib stream for all objects, driven as Node drives it inside (6 µs an object against 15 of
 * `inflateSync`, which makes a stream each time). Where Node has changed inside, public functions do the same.
 */
export function openInflater(): Inflater {
  const stream: unknown = builtin('node:zlib').createInflate()
  if (!isKnown(stream)) return new PublicInflater()
  const { _handle: handle, _writeState: state } = stream
  return new HandleInflater(handle, state)
}

type Known = { readonly _handle: Handle; readonly _writeState: Uint32Array }

function isKnown(stream: unknown): stream is Known {
  if (typeof stream !== 'object' || stream === null || !('_handle' in stream) || !('_writeState' in stream))
    return false
  const { _handle: handle, _writeState: state } = stream
  return (
    state instanceof Uint32Array &&
    typeof handle === 'object' &&
    handle !== null &&
    ['writeSync', 'reset'].every((name) => typeof Reflect.get(handle, name) === 'function')
  )
}

class HandleInflater implements Inflater {
  used = 0
  made = 0
  readonly #handle: Handle
  /** Room left in the output and input left over, after each write. */
  readonly #state: Uint32Array
  #error = ''

  constructor(handle: Handle, state: Uint32Array) {
    this.#handle = handle
    this.#state = state
    Object.assign(handle, { onerror: (message: string) => (this.#error = message) })
  }

  reset(): void {
    this.#handle.reset()
  }

  write(from: Buffer, start: number, end: number, to: Buffer, at: number, room: number): void {
    this.#handle.writeSync(SYNC_FLUSH, from, start, end - start, to, at, room)
    if (this.#error !== '') throw damaged(this.#error)
    this.made = room - (this.#state[0] ?? 0)
    this.used = end - start - (this.#state[1] ?? 0)
  }
}

/** Slow where a stream comes in many pieces: it begins anew with each. */
export class PublicInflater implements Inflater {
  used = 0
  made = 0
  #input: Buffer = Buffer.alloc(0)
  #taken = 0

  reset(): void {
    this.#input = Buffer.alloc(0)
    this.#taken = 0
  }

  write(from: Buffer, start: number, end: number, to: Buffer, at: number, room: number): void {
    const before = this.#input.length
    this.#input = Buffer.concat([this.#input, from.subarray(start, end)])
    const { bytes, read } = inflated(this.#input)
    const output = bytes.subarray(this.#taken, this.#taken + room)
    output.copy(to, at)
    this.made = output.length
    this.#taken += output.length
    // What there was no room for is made again from the input that is kept.
    this.used = Math.max(0, Math.min(read, this.#input.length) - before)
    this.#input = this.#input.subarray(0, before + this.used)
  }
}

function inflated(input: Buffer): { readonly bytes: Buffer; readonly read: number } {
  try {
    const result: unknown = builtin('node:zlib').inflateSync(input, { info: true, finishFlush: SYNC_FLUSH })
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } }
    return { bytes: buffer, read: engine.bytesWritten }
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error))
  }
}

function damaged(reason: string): RefusedError {
  return new RefusedError(`the pack is damaged: ${reason}`)
}
