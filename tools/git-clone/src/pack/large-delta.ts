import { closeSync, openSync, readSync } from 'node:fs'
import { RefusedError } from '@initbox/core'

const WINDOW = 1 << 16

/**
 * Applies a delta whose base or result is too large for memory: base and delta are files, and the result is handed to
 * `write` in pieces. `start` is where the instructions begin. Throws RefusedError for a delta that is broken.
 */
export function applyLargeDelta(
  files: { readonly base: string | Buffer; readonly delta: string | Buffer },
  sizes: { readonly base: number; readonly result: number; readonly start: number },
  write: (piece: Buffer) => void,
): void {
  const base = openSync(files.base, 'r')
  const delta = new Window(openSync(files.delta, 'r'), sizes.start)
  const piece = Buffer.allocUnsafe(WINDOW)
  let made = 0
  const emit = (length: number): void => {
    made += length
    if (made > sizes.result) throw broken('it makes more bytes than it says')
    write(piece.subarray(0, length))
  }
  try {
    for (let op = delta.byte(); op !== undefined; op = delta.byte()) {
      if (op === 0) throw broken('an instruction is unknown')
      if (op < 128) {
        for (let at = 0; at < op; at++) piece[at] = delta.need()
        emit(op)
        continue
      }
      const { offset, size } = copyOf(op, delta)
      if (offset + size > sizes.base) throw broken('it copies what is not there')
      for (let done = 0; done < size;) {
        const read = readSync(base, piece, 0, Math.min(WINDOW, size - done), offset + done)
        if (read === 0) throw broken('its base is too short')
        done += read
        emit(read)
      }
    }
  } finally {
    closeSync(base)
    delta.close()
  }
  if (made !== sizes.result) throw broken('it makes fewer bytes than it says')
}

function copyOf(op: number, delta: Window): { readonly offset: number; readonly size: number } {
  let offset = 0
  let size = 0
  for (let bit = 0; bit < 4; bit++) if (op & (1 << bit)) offset += delta.need() * 256 ** bit
  for (let bit = 0; bit < 3; bit++) if (op & (16 << bit)) size += delta.need() * 256 ** bit
  return { offset, size: size === 0 ? 0x10000 : size }
}

/** A file that is read byte by byte. */
class Window {
  readonly #fd: number
  readonly #bytes = Buffer.allocUnsafe(WINDOW)
  #position: number
  #at = 0
  #length = 0

  constructor(fd: number, position: number) {
    this.#fd = fd
    this.#position = position
  }

  byte(): number | undefined {
    if (this.#at === this.#length) {
      this.#length = readSync(this.#fd, this.#bytes, 0, WINDOW, this.#position)
      this.#position += this.#length
      this.#at = 0
    }
    return this.#at < this.#length ? this.#bytes[this.#at++] : undefined
  }

  need(): number {
    const byte = this.byte()
    if (byte === undefined) throw broken('it is cut off')
    return byte
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function broken(how: string): RefusedError {
  return new RefusedError(`the pack is damaged: a delta is broken, ${how}`)
}
