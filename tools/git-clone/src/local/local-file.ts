import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { DeniedError, NotFoundError, RefusedError, systemCode } from '@initbox/core'

const PIECE = 1 << 18

/** A file of this machine that is read as bytes are needed. A pipe or device is refused instead of waited for. */
export class LocalFile {
  readonly path: string
  readonly size: number
  readonly #fd: number

  constructor(path: string) {
    this.path = path
    this.#fd = reading(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
    const status = fstatSync(this.#fd)
    this.size = status.size
    if (status.isFile()) return
    closeSync(this.#fd)
    throw new RefusedError(`${path} is no file`)
  }

  /** The bytes from one place to another; fewer where the file ends. */
  read(from: number, to: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(to, this.size) - from))
    let done = 0
    while (done < bytes.length) {
      const read = readSync(this.#fd, bytes, done, bytes.length - done, from + done)
      if (read === 0) break
      done += read
    }
    return bytes.subarray(0, done)
  }

  *pieces(from: number, to: number): Generator<Buffer> {
    for (let at = from; at < to; at += PIECE) yield this.read(at, Math.min(to, at + PIECE))
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Says of a path of this machine what is wrong with it: not there is exit 4, not readable exit 3. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new NotFoundError(`there is no repository or bundle at ${path}`, {
        hint: 'is the volume mounted in this container, and the path right?',
        cause: error,
      })
    if (code === 'EACCES' || code === 'EPERM')
      throw new DeniedError(`cannot read ${path} as uid ${process.geteuid?.()}`, {
        hint: 'run as the user it belongs to, or have its group read it',
        cause: error,
      })
    throw error
  }
}
