import { closeSync, constants, fstatSync, openSync, readSync, lutimesSync } from 'node:fs'
import {
  asInputError,
  type Context,
  formatCount,
  formatOutputPath,
  publishDirectory,
  publishStream,
  RefusedError,
} from '@initbox/core'
import { publishFolder, publishSymlink } from '@initbox/core/volume'
import { type Difference, differences, type When } from '../copy/difference.ts'
import { type Source, sourcesOf } from '../copy/source.ts'
import { copyTree } from '../copy/tree.ts'
import { lookAt } from '../look.ts'
import type { Copy } from '../plan.ts'
import type { Step } from './step.ts'

/** A person reads so many lines of a plan for one copy. */
const mostLines = 20

/** One step for each copy; what is to be copied is looked up when its turn comes. */
export function copySteps(copies: readonly Copy[], usual: When, context: Context): Step[] {
  return copies.map((copy) => {
    const when = copy.when ?? usual
    const what = `${copy.from} to ${formatOutputPath(copy.to)}`
    return {
      pending: async () => {
        const lines: string[] = []
        let count = 0
        for (const source of sourcesOf(copy))
          for (const { to } of differences(source, when, copy.mode))
            if (++count <= mostLines) lines.push(`copy ${formatOutputPath(to)}`)
        return count > mostLines
          ? [...lines, `copy ${formatCount(count - mostLines)} more to ${formatOutputPath(copy.to)}`]
          : lines
      },
      apply: async () => {
        let count = 0
        for (const source of sourcesOf(copy)) count += await copyOne(source, when, copy.mode, context)
        return count === 0 ? undefined : `copied ${formatCount(count)} ${count === 1 ? 'file' : 'files'} from ${what}`
      },
    }
  })
}

async function copyOne(source: Source, when: When, mode: number | undefined, context: Context): Promise<number> {
  const { signal } = context
  const isNew = source.to.path !== '.' && lookAt(formatOutputPath(source.to)) === undefined
  // A folder that is not there yet appears as a whole; one that is there may hold more, which stays.
  if (source.stats.isDirectory() && isNew) {
    return publishDirectory(source.to, (staging) => copyTree(source.path, staging, { mode, signal }), {
      signal,
      mode: source.stats.mode & 0o777,
    })
  }
  let count = 0
  for (const difference of differences(source, when, mode)) {
    signal.throwIfAborted()
    await copyEntry(difference, signal)
    if (difference.kind === 'file') count++
  }
  return count
}

async function copyEntry({ kind, source, to, mode, target }: Difference, signal: AbortSignal): Promise<void> {
  if (kind === 'folder') publishFolder(to, mode)
  else if (kind === 'link') publishSymlink(to, target ?? '')
  else await copyFile(source, to, mode, signal)
}

/** In pieces, and with the time of the source, which tells the next run that nothing has changed. */
async function copyFile(source: string, to: Difference['to'], mode: number, signal: AbortSignal): Promise<void> {
  let fd: number | undefined
  try {
    fd = openSync(source, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new RefusedError(`cannot copy ${source}: it is not a file any more`)
    const open = fd
    await publishStream(
      to,
      mode,
      async (write) => {
        const buffer = Buffer.allocUnsafe(1 << 18)
        for (let length = readSync(open, buffer); length > 0; length = readSync(open, buffer)) {
          signal.throwIfAborted()
          await write(buffer.subarray(0, length))
        }
      },
      signal,
    )
    lutimesSync(formatOutputPath(to), stats.atimeMs / 1_000, stats.mtimeMs / 1_000)
  } catch (error) {
    throw asInputError(source, error)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
