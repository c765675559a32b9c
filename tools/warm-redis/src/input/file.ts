import { closeSync, constants, fstatSync, openSync, read } from 'node:fs'
import { promisify } from 'node:util'
import { asInputError, UsageError } from '@initbox/core'

/** Bytes that are read at once. */
const size = 256 * 1024
const readAsync = promisify(read)
/** The space of a file that was read to its end, for the next one: V8 gives such memory back only when it collects all of the heap. */
let spare: readonly [Buffer, Buffer] | undefined

/** The bytes of a regular file in pieces; each is overwritten two pieces later. */
export async function* readPieces(path: string): AsyncGenerator<Buffer> {
  let fd: number | undefined
  try {
    // A pipe must not hang us; what it is is looked at once it is open.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new UsageError(`cannot read ${path}: it is not a file`)
    const buffers = spare ?? ([Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const)
    spare = undefined
    let next: Promise<{ bytesRead: number; buffer: Buffer }> = readAsync(fd, buffers[0], 0, size, null)
    for (let turn = 0; ; turn++) {
      const { bytesRead, buffer } = await next
      if (bytesRead === 0) {
        spare = buffers
        return
      }
      // The next piece is read while this one is worked on.
      next = readAsync(fd, buffers[(turn + 1) % 2] as Buffer, 0, size, null)
      next.catch(() => {})
      yield buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    throw asInputError(path, error)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
