import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { asInputError, UsageError } from '@initbox/core'

const pieceSize = 64 * 1024
const buffer = Buffer.allocUnsafe(pieceSize)

/**
 * The bytes of a file in pieces of 64 KiB; each is only valid until the next one is asked for. Throws NotFoundError and
 * UsageError for what cannot be read.
 */
export function* readPieces(path: string): Generator<Buffer> {
  // A pipe must not hang us.
  const fd = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  try {
    if (!fstatSync(fd).isFile()) throw new UsageError(`cannot read ${path}: it is not a file`)
    for (let count = 1; count > 0;) {
      count = attempt(path, () => readSync(fd, buffer, 0, pieceSize, null))
      if (count > 0) yield buffer.subarray(0, count)
    }
  } finally {
    closeSync(fd)
  }
}

function attempt(path: string, work: () => number): number {
  try {
    return work()
  } catch (error) {
    throw asInputError(path, error)
  }
}
