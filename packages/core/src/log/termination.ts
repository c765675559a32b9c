import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { oneLine, printable } from './printable.ts'
import { longestMessage, shorten } from './shorten.ts'

/**
 * Leaves the sentence that `kubectl describe pod` shows, in the file that the kubelet mounts for it
 * (`terminationMessagePath`). Where there is no such file, nothing happens: plain `docker run` has none.
 */
export function writeTerminationMessage(message: string, path: string): void {
  try {
    // No O_CREAT: only the kubelet's own file counts. O_NOFOLLOW and O_NONBLOCK: never through a link, never stuck in a FIFO.
    const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      writeSync(fd, shorten(printable(oneLine(message)), longestMessage))
    } finally {
      closeSync(fd)
    }
  } catch {
    // The log says the same; a missing or full file must not change the exit code.
  }
}
