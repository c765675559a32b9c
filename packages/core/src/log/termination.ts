import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { oneLine, printable } from './printable.ts'

/** The kubelet keeps at most this many bytes of a termination message. */
const longest = 4_096

/**
 * Leaves the sentence that `kubectl describe pod` shows, in the file that the kubelet mounts for it
 * (`terminationMessagePath`). Where there is no such file, nothing happens: plain `docker run` has none.
 */
export function writeTerminationMessage(message: string, path: string): void {
  try {
    // No O_CREAT: only the kubelet's own file counts. O_NOFOLLOW and O_NONBLOCK: never through a link, never stuck in a FIFO.
    const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      writeSync(fd, cut(printable(oneLine(message))))
    } finally {
      closeSync(fd)
    }
  } catch {
    // The log says the same; a missing or full file must not change the exit code.
  }
}

/** At most 4,096 bytes, cut between characters, with an ellipsis where something is missing. */
function cut(message: string): Buffer {
  const bytes = Buffer.from(message)
  if (bytes.length <= longest) return bytes
  const ellipsis = Buffer.from('…')
  let end = longest - ellipsis.length
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return Buffer.concat([bytes.subarray(0, end), ellipsis])
}
