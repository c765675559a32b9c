import { fchmodSync, renameSync, write } from 'node:fs'
import { RefusedError } from '../errors/errors.ts'
import type { OutputPath } from '../values/relative-path.ts'
import { openDestination, replaceable } from './destination.ts'
import { keepTouching, removeDeadFiles } from './leftovers.ts'
import { asOutputError, writing } from './output-error.ts'
import { openPartial, openStream, type Partial } from './partial.ts'
import { flush } from './staged-file.ts'

/** Appends all bytes; done when the operating system has them. */
export type Write = (bytes: Uint8Array) => Promise<void>

export type StreamOptions = {
  /** Permission bits of folders made on the way, see `publishFiles`. */
  readonly folderMode?: number | undefined
  /** Keep what was written when the run fails or is killed: the next run of this destination goes on with it. */
  readonly resume?: boolean | undefined
}

/**
 * Publishes one file too big for memory: `fill` writes it piece by piece (one write at a time) into a staging file, which
 * is on disk before it replaces what is at `to`; a reader sees the old file or the new. When `fill` throws or `signal` is
 * aborted, the old file is as it was and the staging file is removed, or kept with `resume` (but not after a
 * RefusedError: a wrong checksum stays wrong); `fill` must stop at `signal` by itself. `fill` is told what is there
 * already, which is nothing without `resume`. `mode` is the permission bits. Throws OutputError, and what `fill` throws.
 */
export async function publishStream<Result>(
  to: OutputPath,
  mode: number,
  fill: (write: Write, partial: Partial) => Promise<Result>,
  signal: AbortSignal,
  { folderMode, resume = false }: StreamOptions = {},
): Promise<Result> {
  const destination = openDestination(to, folderMode)
  const { folder, name } = destination
  let keep = resume
  try {
    replaceable(destination)
    removeDeadFiles(folder, [name], resume)
    const open = writing(to, () => (resume ? openPartial(destination) : openStream(destination)))
    const { fd, partial } = open
    const stopTouching = keepTouching(() => fchmodSync(fd, 0o600))
    try {
      const result = await fill((bytes) => append(fd, bytes).catch(fail(to)), partial)
      signal.throwIfAborted()
      writing(to, () => fchmodSync(fd, mode))
      await flush(fd).catch(fail(to))
      signal.throwIfAborted()
      writing(to, () => renameSync(folder.at(open.staging), folder.at(name)))
      keep = false
      writing(to, () => folder.sync())
      return result
    } catch (error) {
      if (error instanceof RefusedError) keep = false
      throw error
    } finally {
      stopTouching()
      open.end(keep)
    }
  } finally {
    folder.close()
  }
}

export async function append(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += await new Promise<number>((resolve, reject) => {
      write(fd, bytes, done, (error, written) => (error ? reject(error) : resolve(written)))
    })
}

function fail(to: OutputPath): (error: unknown) => never {
  return (error) => {
    throw asOutputError(to, error)
  }
}
