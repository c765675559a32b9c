import { closeSync, fchmodSync, fsync, renameSync, write } from 'node:fs'
import type { OutputPath } from '../values/relative-path.ts'
import { openDestination, replaceable } from './destination.ts'
import { keepTouching, removeDeadFiles, removeEntry } from './leftovers.ts'
import { asOutputError, writing } from './output-error.ts'
import { createStaging } from './staged-file.ts'
import { stagingName } from './staging-name.ts'

/** Appends all bytes; done when the operating system has them. */
export type Write = (bytes: Uint8Array) => Promise<void>

/**
 * Publishes one file too big for memory: `fill` writes it piece by piece (one write at a time) into a staging file, which
 * is on disk before it replaces what is at `to`; a reader sees the old file or the new. When `fill` throws (a checksum is
 * wrong) or `signal` is aborted, the old file is as it was and the staging file is removed; `fill` must stop at `signal`
 * by itself. `mode` is the permission bits. Throws OutputError, and what `fill` throws.
 */
export async function publishStream<Result>(
  to: OutputPath,
  mode: number,
  fill: (write: Write) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const destination = openDestination(to)
  const { folder, name } = destination
  const staging = stagingName('long', name)
  try {
    replaceable(destination)
    removeDeadFiles(folder, [name])
    const fd = writing(to, () => createStaging(destination, staging, mode))
    const stopTouching = keepTouching(() => fchmodSync(fd, mode))
    try {
      const result = await fill((bytes) => append(fd, bytes).catch(fail(to)))
      await flush(fd).catch(fail(to))
      signal.throwIfAborted()
      writing(to, () => renameSync(folder.at(staging), folder.at(name)))
      writing(to, () => folder.sync())
      return result
    } finally {
      stopTouching()
      closeSync(fd)
    }
  } catch (error) {
    removeEntry(folder, staging)
    throw error
  } finally {
    folder.close()
  }
}

async function append(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += await new Promise<number>((resolve, reject) => {
      write(fd, bytes, done, (error, written) => (error ? reject(error) : resolve(written)))
    })
}

function flush(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

function fail(to: OutputPath): (error: unknown) => never {
  return (error) => {
    throw asOutputError(to, error)
  }
}
