import { closeSync, readSync } from 'node:fs'
import { asInputError, openInputFile } from '@initbox/core'

const pieceSize = 64 * 1024
const buffer = Buffer.allocUnsafe(pieceSize)

/**
 * The bytes of a file in pieces of 64 KiB; each is only valid until the next one is asked for. Throws NotFoundError and
 * UsageError for what cannot be read.
 */
export function* readPieces(path: string): Generator<Buffer> {
  const { fd } = openInputFile(path)
  try {
    for (let count = 1; count > 0;) {
      count = read(fd, path)
      if (count > 0) yield buffer.subarray(0, count)
    }
  } finally {
    closeSync(fd)
  }
}

function read(fd: number, path: string): number {
  try {
    return readSync(fd, buffer, 0, pieceSize, null)
  } catch (error) {
    throw asInputError(path, error)
  }
}
