import { formatBytes, RefusedError, type SlotFile } from '@initbox/core'
import { type Decoder, decoders, type Kind, kindBytes, kindOf, tarInto, type Tree } from '@initbox/archive'
import { Digests } from '../integrity/digests.ts'
import type { Facts } from '../sources/source.ts'
import { download, type Sink } from '../transfer/download.ts'
import type { Job, Received } from './receiver.ts'
import { receiveZip } from './receive-zip.ts'
import { spool } from './spool.ts'
import { finishTree, named, noArchive, openTree, selectionOf } from './tree.ts'

/** Thrown by a sink to end the download: what comes is a zip, which is read in another way. */
class IsZip extends Error {}

/** Receives one archive, or compressed file, and unpacks it as it comes. */
export async function receiveArchive(job: Job): Promise<Received> {
  if (job.item.settings.spool === true) return await receiveSpooled(job)
  const { item, source, slot, limits, transfer, onBytes, onSize } = job
  let digests = new Digests(item.expected)
  let unpacking = new Unpacking(job)
  let position = 0
  let received = 0
  let facts: Facts | undefined
  const sink: Sink = {
    get position() {
      return position
    },
    begin: (opened) => {
      facts = opened.facts
      onSize(opened)
      const { size } = facts
      if (size !== undefined && size > limits.maxSize)
        throw new RefusedError(`${source.name} is larger than ${formatBytes(limits.maxSize)}`, {
          hint: '--max-size raises the limit',
        })
    },
    take: (bytes) => {
      position += bytes.length
      received += bytes.length
      digests.update(bytes)
      onBytes(bytes.length)
      return unpacking.write(bytes)
    },
    restart: async () => {
      position = 0
      digests = new Digests(item.expected)
      unpacking.close()
      await slot.discard(false)
      unpacking = new Unpacking(job)
    },
  }
  try {
    const result = await download(source, sink, transfer)
    if (result === 'unchanged')
      return { unchanged: true, files: 0, bytes: 0, received, sha256: undefined, facts: undefined }
    if (position === 0) throw new RefusedError(`${source.name} has no content: 0 bytes`)
    // Whatever is wrong with the archive, a wrong digest says more.
    const sha256 = digests.check(source.name)
    const made = await unpacking.end()
    return { unchanged: false, ...made, received, sha256, facts }
  } catch (error) {
    if (error instanceof IsZip) return await receiveZip(job, facts, undefined)
    throw named(job, error)
  } finally {
    unpacking.close()
  }
}

/** Downloads first and unpacks then: the next start goes on with a download that was not finished. */
async function receiveSpooled(job: Job): Promise<Received> {
  const spooled = await spool(job)
  if ('unchanged' in spooled) return spooled
  const { file, size, facts } = spooled
  if (kindOf(file.read(0, kindBytes)) === 'zip') return await receiveZip(job, facts, spooled)
  const unpacking = new Unpacking(job)
  try {
    for (let at = 0; at < size; at += spoolStep) await unpacking.write(file.read(at, Math.min(size, at + spoolStep)))
    const made = await unpacking.end()
    return { unchanged: false, ...made, received: spooled.received, sha256: spooled.sha256, facts }
  } catch (error) {
    throw named(job, error)
  } finally {
    unpacking.close()
  }
}

const spoolStep = 256 * 1_024

/** The way from bytes to files: what the bytes are is told by themselves, first of the file and then of what it was compressed from. */
class Unpacking {
  readonly #job: Job
  readonly #outer: Peek
  #decoder: Decoder | undefined
  #inner: Inner | undefined
  #received = 0

  constructor(job: Job) {
    this.#job = job
    this.#outer = new Peek((kind, head) => this.#choose(kind, head))
  }

  async write(bytes: Buffer): Promise<void> {
    this.#received += bytes.length
    await this.#outer.write(bytes)
  }

  async end(): Promise<{ readonly files: number; readonly bytes: number }> {
    await this.#outer.end()
    await this.#decoder?.end()
    return (await this.#inner?.end()) ?? { files: 0, bytes: 0 }
  }

  close(): void {
    this.#decoder?.destroy()
    this.#inner?.close()
  }

  async #choose(kind: Kind, head: Buffer): Promise<(bytes: Buffer) => void | Promise<void>> {
    if (kind === 'zip') throw new IsZip()
    if (kind === 'unknown') throw noArchive(this.#job.source.name, head)
    const inner = new Inner(this.#job, () => this.#received)
    this.#inner = inner
    if (kind === 'tar') return (bytes) => inner.write(bytes)
    const decoder = await decoders[kind]((bytes) => inner.write(bytes))
    this.#decoder = decoder
    return (bytes) => decoder.write(bytes)
  }
}

/** Holds back the first bytes until it is clear what they are. */
class Peek {
  readonly #choose: (kind: Kind, head: Buffer) => Promise<(bytes: Buffer) => void | Promise<void>>
  #held: Buffer[] = []
  #length = 0
  #next: ((bytes: Buffer) => void | Promise<void>) | undefined

  constructor(choose: (kind: Kind, head: Buffer) => Promise<(bytes: Buffer) => void | Promise<void>>) {
    this.#choose = choose
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#next !== undefined) return await this.#next(bytes)
    this.#held.push(Buffer.from(bytes))
    this.#length += bytes.length
    if (this.#length >= kindBytes) await this.#open()
  }

  async end(): Promise<void> {
    if (this.#next === undefined) await this.#open()
  }

  async #open(): Promise<void> {
    const head = Buffer.concat(this.#held)
    this.#held = []
    this.#next = await this.#choose(kindOf(head), head)
    await this.#next(head)
  }
}

/** What was compressed: a tar archive becomes a folder, anything else one file. */
class Inner {
  readonly #job: Job
  readonly #received: () => number
  #held: Buffer[] = []
  #length = 0
  #tree: Tree | undefined
  #tar: ReturnType<typeof tarInto> | undefined
  #file: SlotFile | undefined

  constructor(job: Job, received: () => number) {
    this.#job = job
    this.#received = received
  }

  write(bytes: Buffer): void {
    if (this.#tar !== undefined) this.#tar.write(bytes)
    else if (this.#file !== undefined) this.#append(bytes)
    else {
      this.#held.push(Buffer.from(bytes))
      this.#length += bytes.length
      if (this.#length >= kindBytes) this.#open()
    }
  }

  async end(): Promise<{ readonly files: number; readonly bytes: number }> {
    if (this.#tar === undefined && this.#file === undefined) this.#open()
    const { item, source } = this.#job
    if (this.#file !== undefined) {
      if (this.#length === 0) throw new RefusedError(`${source.name} has no content: 0 bytes once it is decompressed`)
      await this.#file.finish(item.settings.mode ?? 0o644)
      return { files: 1, bytes: this.#length }
    }
    this.#tar?.end()
    return finishTree(this.#job, this.#tree)
  }

  close(): void {
    this.#tree?.close()
    this.#tree = undefined
  }

  #open(): void {
    const head = Buffer.concat(this.#held)
    this.#held = []
    const kind = kindOf(head)
    if (kind === 'tar') {
      this.#tree = openTree(this.#job, this.#received)
      this.#tar = tarInto(this.#tree, selectionOf(this.#job.item))
      this.#tar.write(head)
      return
    }
    this.#length = 0
    this.#file = this.#job.slot.file({ resume: false })
    this.#append(head)
  }

  #append(bytes: Buffer): void {
    this.#length += bytes.length
    const { maxSize } = this.#job.limits
    if (this.#length > maxSize)
      throw new RefusedError(`it becomes more than ${formatBytes(maxSize)}`, { hint: '--max-size raises the limit' })
    this.#file?.writeNow(bytes)
  }
}
