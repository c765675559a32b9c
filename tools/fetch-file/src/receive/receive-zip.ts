import { missing, type RandomAccess, readDirectory, wanted, type ZipDirectory, zipInto } from '@initbox/archive'
import { NotReadyError, RefusedError } from '@initbox/core'
import { Digests } from '../integrity/digests.ts'
import { isExpected } from '../integrity/expected.ts'
import type { Facts } from '../sources/source.ts'
import { download, NoRangesError, type Sink } from '../transfer/download.ts'
import type { Job, Received } from './receiver.ts'
import { type Spooled, spool } from './spool.ts'
import { freeIn } from './require-space.ts'
import { finishTree, named, openTree, type ResumedTree, resumeTree, selectionOf } from './tree.ts'

/** So many bytes that nobody wants are rather read than skipped by another request. */
const skippable = 1 << 20

type Span = { readonly start: number; readonly end: number }

/**
 * Receives a zip by ranges: its directory at the end first, then only what is wanted, in one pass; all of it where a digest
 * is to be checked. A server without ranges has it downloaded to the volume first, and so has a run that finds that an
 * earlier one was killed and can go on with little of what it left.
 */
export async function receiveZip(job: Job, facts: Facts | undefined, spooled: Spooled | undefined): Promise<Received> {
  const remote = spooled === undefined && facts?.size !== undefined ? new Remote(job, facts, facts.size) : undefined
  const isWhole = remote === undefined || job.slot.hasPartial || !(await remote.hasRanges())
  if (spooled === undefined && isWhole) return await spoolZip(job)
  const file: RandomAccess = remote ?? {
    size: spooled?.size ?? 0,
    read: async (start, end) => spooled?.file.read(start, end) ?? Buffer.alloc(0),
  }
  try {
    const select = selectionOf(job.item)
    const all = wanted(await readDirectory(file, job.limits), select)
    const hasDigest = spooled === undefined && isExpected(job.item.expected)
    const received = (): number => file.size
    const open = (): Promise<Pick<ResumedTree, 'tree' | 'isLeft'>> | Pick<ResumedTree, 'tree' | 'isLeft'> =>
      remote !== undefined && facts !== undefined
        ? resumeTree(job, facts, received)
        : { tree: openTree(job, received), isLeft: false }
    const opened = await open()
    const { isLeft } = opened
    let { tree } = opened
    let directory = isLeft && !hasDigest ? missing(all, tree, select) : all
    // A digest is of all bytes, those of files that are there too.
    if (isLeft && (hasDigest || isMuch(directory, file.size))) {
      tree.close()
      await job.slot.discard(false)
      if (hasRoom(job, all, file.size)) return await spoolZip(job)
      tree = (await open()).tree
      directory = all
    }
    const reader = zipInto(tree, directory, select)
    const unpack = async (bytes: Buffer): Promise<void> => {
      await reader.write(bytes)
      job.onFiles(tree.files)
    }
    try {
      let sha256 = spooled?.sha256
      for (const span of hasDigest ? [{ start: 0, end: file.size }] : spansOf(directory)) {
        reader.seek(span.start)
        if (remote === undefined) {
          for (let at = span.start; at < span.end; at += step)
            await unpack(await file.read(at, Math.min(span.end, at + step)))
        } else {
          const digests = hasDigest ? new Digests(job.item.expected) : undefined
          await remote.stream(span, (bytes) => {
            digests?.update(bytes)
            return unpack(bytes)
          })
          sha256 = digests?.check(job.source.name)
        }
      }
      reader.end()
      const made = finishTree(job, tree)
      return { unchanged: false, ...made, received: remote?.received ?? spooled?.received ?? 0, sha256, facts }
    } finally {
      reader.destroy()
      tree.close()
    }
  } catch (error) {
    throw named(job, error)
  }
}

const step = 256 * 1_024

/** Downloads it to the volume first, where the next run goes on with it. */
async function spoolZip(job: Job): Promise<Received> {
  const made = await spool(job)
  return 'unchanged' in made ? made : await receiveZip(job, made.facts, made)
}

/** Whether these are nearly all bytes of the archive: what an earlier run left of a single large entry saves nothing. */
function isMuch({ entries }: ZipDirectory, size: number): boolean {
  return entries.reduce((sum, { compressedSize }) => sum + compressedSize, 0) > 0.9 * size
}

/** Whether the archive has room beside its content. */
function hasRoom({ slot }: Job, { entries }: ZipDirectory, size: number): boolean {
  const content = entries.reduce((sum, entry) => sum + entry.size, 0)
  return content + size <= (freeIn(slot) ?? Infinity)
}

/** The parts of the archive that hold wanted entries. */
function spansOf({ entries, start: directoryStart }: ZipDirectory): Span[] {
  const spans: { start: number; end: number }[] = []
  for (const { offset, name, compressedSize } of entries) {
    // The local header's extra field is not known yet: 64 KiB is the most it can have.
    const end = Math.min(directoryStart, offset + 30 + name.length + compressedSize + 0xffff)
    const last = spans.at(-1)
    if (last !== undefined && offset <= last.end + skippable) last.end = Math.max(last.end, end)
    else spans.push({ start: offset, end })
  }
  return spans
}

/** A zip on a server. */
class Remote implements RandomAccess {
  readonly size: number
  readonly #job: Job
  readonly #facts: Facts
  #tail: { readonly start: number; readonly bytes: Buffer } | undefined
  received = 0

  constructor(job: Job, facts: Facts, size: number) {
    this.#job = job
    this.#facts = facts
    this.size = size
  }

  /** Asks for the end, which is needed first anyway. */
  async hasRanges(): Promise<boolean> {
    const start = Math.max(0, this.size - tailSize)
    if (start === 0) return false
    try {
      this.#tail = { start, bytes: await this.#bytes({ start, end: this.size }) }
      return true
    } catch (error) {
      if (error instanceof NoRangesError) return false
      throw error
    }
  }

  async read(start: number, end: number): Promise<Buffer> {
    const tail = this.#tail
    if (tail !== undefined && start >= tail.start) return tail.bytes.subarray(start - tail.start, end - tail.start)
    return await this.#bytes({ start, end })
  }

  async #bytes(span: Span): Promise<Buffer> {
    const parts: Buffer[] = []
    await this.stream(span, (bytes) => void parts.push(Buffer.from(bytes)))
    return Buffer.concat(parts)
  }

  /** Hands on the bytes of a span, over as many requests as it takes. */
  async stream({ start, end }: Span, take: (bytes: Buffer) => void | Promise<void>): Promise<void> {
    let position = start
    const sink: Sink = {
      get position() {
        return position
      },
      begin: () => undefined,
      take: (bytes) => {
        const fresh = bytes.subarray(0, end - position)
        position += fresh.length
        this.received += fresh.length
        this.#job.onBytes(fresh.length)
        return take(fresh)
      },
      restart: () => {
        throw new RefusedError(`${this.#job.source.name} is another one than it was a moment ago`, {
          hint: 'was it just replaced on the server? Run it again',
        })
      },
    }
    // Sizes, checksums and the directory tell parts of another version.
    const settings = {
      ...this.#job.transfer,
      unless: undefined,
      of: this.#facts,
      until: end,
      isChecked: true,
      isPart: true,
    }
    await download(this.#job.source, sink, settings)
    if (position < end)
      throw new NotReadyError(`${this.#job.source.name} was cut off after ${position} of ${end} bytes`)
  }
}

/** The end record, its longest comment, and with luck all of the directory. */
const tailSize = 256 * 1_024
