import { writeSync } from 'node:fs'
import { OutputError, systemCode } from '../errors/errors.ts'

/**
 * Writes to stderr at once, so that nothing is lost when the process ends; `process.stderr` would also load `node:tty`.
 * What cannot be written is dropped: a reader that went away must not turn success into failure.
 */
export function writeError(text: string): void {
  try {
    writeAll(2, text)
  } catch {
    // There is no other place to say it.
  }
}

/** Writes a result to stdout at once. Throws OutputError, but not for a reader that wants no more, such as `head`. */
export function writeOutput(text: string): void {
  try {
    writeAll(1, text)
  } catch (error) {
    if (systemCode(error) === 'EPIPE') return
    throw new OutputError(`cannot write to stdout: ${systemCode(error)}`, { cause: error })
  }
}

function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error
      // A pipe that is full and was made non-blocking by whoever shares it: wait for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
