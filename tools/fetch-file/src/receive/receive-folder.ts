import { partsOf } from '@initbox/archive'
import { eachOf, formatBytes, NotFoundError, NotReadyError, RefusedError } from '@initbox/core'
import { Digests } from '../integrity/digests.ts'
import type { Member } from '../sources/index.ts'
import { download, type Sink } from '../transfer/download.ts'
import type { Job, Received } from './receiver.ts'
import { finishTree, named, resumeTree, selectionOf } from './tree.ts'

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
  const facts = { size: undefined, etag: version, lastModified: undefined, type: undefined, encoding: undefined }
  const { tree, isLeft, began } = await resumeTree(job, facts, () => Number.MAX_SAFE_INTEGER)
  let received = 0
  try {
    await eachOf(wanted, concurrency, transfer.signal, async (member, signal) => {
      const { parts, size, source, expected, etag, modified } = member
      const digests = expected === undefined ? undefined : new Digests(expected)
      const file = { mode: 0o644, mtime: modified ?? began, size }
      // What is whole was checked before it got its time; what is begun is gone on with where that can be checked, or the
      // server be asked for just this version.
      const isGood = (fd: number, length: number): boolean => {
        if (length < size && digests !== undefined) digests.updateFrom(fd, length)
        return length === size || digests !== undefined || etag !== undefined
      }
      const left = isLeft ? tree.left(parts, file, isGood) : 0
      if (left === 'whole') return
      let position = left
      const content = tree.file(parts, file, left)
      const sink: Sink = {
        get position() {
          return position
        },
        begin: () => undefined,
        take: (bytes) => {
          position += bytes.length
          received += bytes.length
          if (position > size) throw changed(source.name)
          digests?.update(bytes)
          content.write(bytes)
          job.onBytes(bytes.length)
        },
        restart: () => {
          throw changed(source.name)
        },
      }
      const of = position === 0 ? undefined : { ...facts, size, etag }
      if (position < size)
        await download(source, sink, { ...transfer, signal, unless: undefined, of, until: size, isChecked: true })
      if (position < size) throw new NotReadyError(`${source.name} was cut off after ${position} of ${size} bytes`)
      digests?.check(`${source.name} (${parts.join('/')})`)
      content.end()
    })
    const made = finishTree(job, tree)
    return { unchanged: false, ...made, received, sha256: undefined, facts }
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
