import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { asInputError, UsageError } from '@initbox/core'

const largest = 64 * 1024
const buffer = Buffer.allocUnsafe(largest)

/**
 * The bytes of a file in pieces of so many, 64 KiB at most; each is only valid until the next one is asked for. Throws NotFoundError
 * and UsageError for what cannot be read.
 */
export function* readPieces(path: string, size = largest): Generator<Buffer> {
  // A pipe must not hang us.
  const fd = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  try {
    if (!fstatSync(fd).isFile()) throw new UsageError(`cannot read ${path}: it is not a file`)
    for (let count = 1; count > 0;) {
      count = attempt(path, () => readSync(fd, buffer, 0, size, null))
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
