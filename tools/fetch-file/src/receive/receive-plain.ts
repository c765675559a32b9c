import { foreignKind } from '@initbox/archive'
import { formatBytes, formatOutputPath, RefusedError, type SlotFile } from '@initbox/core'
import { Digests, MismatchError } from '../integrity/digests.ts'
import { isExpected } from '../integrity/expected.ts'
import type { Facts, Opened } from '../sources/source.ts'
import { download, type Sink } from '../transfer/download.ts'
import { PartialNote } from './partial-note.ts'
import type { Job, Received } from './receiver.ts'

/** A smaller file is fetched again sooner than its note is written. */
const worthResuming = 1 << 20

/** A smaller file is there before other connections are. */
const worthParts = 16 << 20

/** Receives one file as it is. */
export async function receivePlain(job: Job): Promise<Received> {
  const file = job.slot.file({ resume: true })
  let encoding: string | undefined
  const onSize = (opened: Opened): void => {
    encoding = opened.facts.encoding
    job.onSize(opened)
  }
  const filled = await fill({ ...job, onSize }, file).catch(async (error: unknown) => {
    if (!(error instanceof MismatchError) || encoding === undefined) throw error
    await file.written()
    const { decodeInPlace } = await import('./decode-in-place.ts')
    const decoded = await decodeInPlace(job, file, encoding, error)
    return { ...decoded, received: decoded.size, facts: undefined }
  })
  if (filled === 'unchanged') {
    await job.slot.discard(false)
    return { unchanged: true, files: 1, bytes: 0, received: 0, sha256: undefined, facts: undefined }
  }
  if (filled.size < longestPointer) refusePointer(job, file.read(0, Math.min(filled.size, 100)))
  await file.finish(job.item.settings.mode ?? 0o644)
  return { unchanged: false, files: 1, bytes: filled.size, ...filled }
}

/** A whole file that was checked. */
export type Filled = {
  readonly size: number
  readonly received: number
  readonly sha256: string
  readonly facts: Facts | undefined
}

/** Thrown by a sink to end the download: the file is large enough for several connections. */
class InParts extends Error {
  readonly facts: Facts

  constructor(facts: Facts) {
    super('in parts')
    this.facts = facts
  }
}

/** Downloads a file. What an earlier run left of it is gone on with, once the server says that it is the same. */
export async function fill(job: Job, file: SlotFile): Promise<Filled | 'unchanged'> {
  const note = PartialNote.read(file.partial.note, job.item.address)
  const isBegun = note !== undefined && (note.blocks !== undefined || comesInParts(job, note.facts))
  if (isBegun) return (await inParts(job, file, note.facts, note)) ?? (await inOrder(job, file, undefined, false))
  try {
    return await inOrder(job, file, note, true)
  } catch (error) {
    if (!(error instanceof InParts)) throw error
    return (await inParts(job, file, error.facts, undefined)) ?? (await inOrder(job, file, undefined, false))
  }
}

/** Whether it is large, and several requests can be told to be of the same bytes. */
function comesInParts({ connections, transfer }: Job, { size, etag, lastModified }: Facts): boolean {
  const isTold = transfer.isChecked || etag !== undefined || lastModified !== undefined
  return connections > 1 && size !== undefined && size >= worthParts && isTold
}

async function inParts(
  job: Job,
  file: SlotFile,
  facts: Facts,
  note: PartialNote | undefined,
): Promise<Filled | undefined> {
  const filled = await (await import('./fill-in-parts.ts')).fillInParts(job, file, facts, note)
  return filled === undefined ? undefined : { size: facts.size ?? 0, facts, ...filled }
}

/** All over one connection at a time; `mayPart` throws InParts where several are better. */
async function inOrder(
  job: Job,
  file: SlotFile,
  note: PartialNote | undefined,
  mayPart: boolean,
): Promise<Filled | 'unchanged'> {
  const { item, source, limits, transfer, onBytes, onSize } = job
  let digests = new Digests(item.expected)
  let position = 0
  let received = 0
  if (note === undefined) {
    if (file.partial.size > 0) file.partial.restart('')
  } else {
    const buffer = Buffer.allocUnsafe(step)
    for (; position < file.partial.size; position += step)
      digests.update(file.read(position, Math.min(file.partial.size, position + step), buffer))
  }
  position = note === undefined ? 0 : file.partial.size
  let facts = note?.facts
  const sink: Sink = {
    get position() {
      return position
    },
    begin: (opened) => {
      facts = opened.facts
      if (job.item.settings.unpack !== true) refuseStrange(job, opened)
      onSize(opened)
      const { size } = opened.facts
      if (size !== undefined && size > limits.maxSize) throw tooLarge(source.name, limits.maxSize)
      if (mayPart && comesInParts(job, opened.facts)) throw new InParts(opened.facts)
      if (size === undefined || size > worthResuming)
        file.partial.restart(new PartialNote(item.address, opened.facts).text)
    },
    take: (bytes) => {
      position += bytes.length
      received += bytes.length
      if (position > limits.maxSize) throw tooLarge(source.name, limits.maxSize)
      digests.update(bytes)
      onBytes(bytes.length)
      return file.write(bytes)
    },
    restart: async () => {
      position = 0
      digests = new Digests(item.expected)
      await file.written()
      file.partial.restart('')
    },
  }
  if ((await download(source, sink, { ...transfer, of: facts })) === 'unchanged') return 'unchanged'
  await file.written()
  if (position === 0 && !isExpected(item.expected))
    throw new RefusedError(`${source.name} has no content: 0 bytes`, { hint: 'give its sha256 if it shall be empty' })
  return { size: position, received, sha256: digests.check(source.name), facts }
}

const step = 1 << 20

/** A login page with status 200 is no model, and what a server packed on the way is not the file. */
function refuseStrange({ item, source }: Job, { facts }: Opened): void {
  const isPacked = [formatOutputPath(item.out), item.url.pathname].some((path) => /\.(t?gz|t?zst|br)$/i.test(path))
  if (facts.encoding !== undefined && !isPacked && !isExpected(item.expected)) {
    throw new RefusedError(`${source.name} comes with Content-Encoding ${facts.encoding}, though none was asked for`, {
      hint: 'switch compression off for it at the server; with #unpack it is unpacked, and with the sha256 of either form it is taken',
    })
  }
  if (facts.type !== 'text/html' && facts.type !== 'application/xhtml+xml') return
  const isPage = [formatOutputPath(item.out), item.url.pathname].some(
    (path) => /\.x?html?$/i.test(path) || path.endsWith('/'),
  )
  if (isPage || isExpected(item.expected)) return
  throw new RefusedError(`${source.name} is an HTML page, and neither OUT nor the URL ends with .html`, {
    hint: 'is it a login or error page? Give its sha256 if it is what you want',
  })
}

/** Git LFS's specification: a larger file is no pointer. */
const longestPointer = 1_024

/** What stands in a repository for a large file, and is a hundred bytes of text. */
function refusePointer({ item, source }: Job, head: Buffer): void {
  if (isExpected(item.expected) || foreignKind(head) !== 'a Git LFS pointer') return
  throw new RefusedError(`${source.name} is a Git LFS pointer, not the file that it stands for`, {
    hint: 'take the URL of the file itself: /resolve/ of Hugging Face instead of /raw/, media.githubusercontent.com/media instead of raw.githubusercontent.com',
  })
}

function tooLarge(name: string, limit: number): RefusedError {
  return new RefusedError(`${name} is larger than ${formatBytes(limit)}`, { hint: '--max-size raises the limit' })
}
