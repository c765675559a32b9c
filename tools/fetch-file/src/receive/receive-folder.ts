import { partsOf } from '@initbox/archive'
import { eachOf, formatBytes, NotFoundError, NotReadyError, RefusedError } from '@initbox/core'
import { Digests } from '../integrity/digests.ts'
import type { Member } from '../sources/index.ts'
import { download, type Sink } from '../transfer/download.ts'
import type { Job, Received } from './receiver.ts'
import { finishTree, named, openTree, selectionOf } from './tree.ts'

export type FolderSettings = {
  readonly members: readonly Member[]
  readonly version: string
  readonly concurrency: number
}

/** Receives all objects below a folder, with its tree. */
export async function receiveFolder(
  job: Omit<Job, 'source'>,
  { members, version, concurrency }: FolderSettings,
): Promise<Received> {
  const { transfer, limits, item } = job
  const select = selectionOf(item)
  const wanted = members.flatMap((member) => {
    const parts = select(partsOf(member.path))
    return parts === undefined ? [] : [{ ...member, parts }]
  })
  if (wanted.length === 0)
    throw new NotFoundError(`${item.name} has nothing of what is wanted`, {
      hint: 'do --include, --exclude, --subpath and --strip fit the names below it?',
    })
  const total = wanted.reduce((sum, { size }) => sum + size, 0)
  if (total > limits.maxSize)
    throw new RefusedError(`${item.name} is larger than ${formatBytes(limits.maxSize)}`, {
      hint: '--max-size raises the limit',
    })
  const tree = openTree(job, () => Number.MAX_SAFE_INTEGER)
  try {
    await eachOf(wanted, concurrency, transfer.signal, async ({ parts, size, source, expected }, signal) => {
      const content = tree.file(parts, { mode: 0o644, mtime: Date.now() / 1_000, size })
      const digests = expected === undefined ? undefined : new Digests(expected)
      let position = 0
      const sink: Sink = {
        get position() {
          return position
        },
        begin: () => undefined,
        take: (bytes) => {
          position += bytes.length
          if (position > size) throw changed(source.name)
          digests?.update(bytes)
          content.write(bytes)
          job.onBytes(bytes.length)
        },
        restart: () => {
          throw changed(source.name)
        },
      }
      if (size > 0)
        await download(source, sink, { ...transfer, signal, unless: undefined, until: size, isChecked: true })
      if (position < size) throw new NotReadyError(`${source.name} was cut off after ${position} of ${size} bytes`)
      digests?.check(`${source.name} (${parts.join('/')})`)
      content.end()
    })
    const made = finishTree(job, tree)
    const facts = { size: undefined, etag: version, lastModified: undefined, type: undefined, encoding: undefined }
    return { unchanged: false, ...made, received: made.bytes, sha256: undefined, facts }
  } catch (error) {
    throw named(job, error)
  } finally {
    tree.close()
  }
}

function changed(name: string): RefusedError {
  return new RefusedError(`${name} is another one than it was a moment ago`, {
    hint: 'was it just replaced? Run it again',
  })
}
