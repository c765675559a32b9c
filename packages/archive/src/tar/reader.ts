import { RefusedError } from '@initbox/core'
import { block, type Content, paddingOf, type TarEntry } from './entry.ts'
import { readHeader, text } from './header.ts'
import { type PaxRecords, readPax, withRecords } from './pax.ts'

/** Told every entry; returns who takes its bytes, or undefined for nobody. */
export type Visit = (entry: TarEntry) => Content | undefined

/** Names and records of one entry; longer ones are an attack on memory. */
const longestRecords = 1 << 20

const none: PaxRecords = new Map()

/** Type flags of GNU tar that are no entries: a long name, a long target of a link, the label of a volume. */
const notEntries = new Set(['L', 'K', 'V'])

/**
 * Reads a tar archive as it comes, in pieces of any size, and holds no more than one header of it: ustar, pax and GNU
 * tar (POSIX.1-2001 pax; "Basic Tar Format" of GNU tar's manual). Own code because the libraries make streams and copies
 * of every entry: twice the memory and a tenth more time (decision 0100). Throws RefusedError for what is no archive.
 */
export class TarReader {
  readonly #visit: Visit
  readonly #head = Buffer.allocUnsafe(block)
  #filled = 0
  /** Bytes of the content, and then of its padding, that are still to come. */
  #left = 0
  #padding = 0
  #content: Content | undefined
  #records = none
  #longName: string | undefined
  #longTarget: string | undefined
  #ended = false

  constructor(visit: Visit) {
    this.#visit = visit
  }

  /** Takes the next bytes; who wants to keep some copies them. */
  write(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left)
        this.#content?.write(bytes.subarray(at, end))
        this.#left -= end - at
        at = end
        if (this.#left === 0) this.#endContent()
      } else if (this.#padding > 0) {
        const skipped = Math.min(bytes.length - at, this.#padding)
        this.#padding -= skipped
        at += skipped
      } else if (this.#filled === 0 && bytes.length - at >= block) {
        this.#header(bytes.subarray(at, at + block))
        at += block
      } else {
        const copied = bytes.copy(this.#head, this.#filled, at)
        this.#filled += copied
        at += copied
        if (this.#filled < block) return
        this.#filled = 0
        this.#header(this.#head)
      }
    }
  }

  /** There are no more bytes. */
  end(): void {
    if (this.#ended && this.#filled > 0) this.#header(this.#head.fill(0, this.#filled))
    if (this.#ended && this.#left === 0) return
    throw new RefusedError('the archive is cut off: it ends without the end mark of a tar')
  }

  #header(head: Buffer): void {
    if (isZero(head)) {
      this.#ended = true
      return
    }
    if (this.#ended) throw new RefusedError('the archive has more behind its end')
    const raw = readHeader(head, {
      path: this.#records.get('path') ?? this.#longName,
      target: this.#records.get('linkpath') ?? this.#longTarget,
    })
    if (raw.flag === 'x' || raw.flag === 'g' || notEntries.has(raw.flag)) {
      this.#collect(raw)
      return
    }
    const entry = withRecords(raw, this.#records)
    this.#records = none
    this.#longName = undefined
    this.#longTarget = undefined
    refuse(entry)
    this.#begin(entry.size, this.#visit(entry))
  }

  /** An entry that says something of the next one. */
  #collect({ flag, size, path }: TarEntry): void {
    if (size > longestRecords)
      throw new RefusedError(`the archive has ${size} bytes of records before one entry, ${path}`)
    const parts: Buffer[] = []
    const end = (): void => {
      const content = Buffer.concat(parts)
      if (flag === 'x') this.#records = readPax(content)
      else if (flag === 'g') refuseGlobal(readPax(content))
      else if (flag === 'L') this.#longName = text(content)
      else if (flag === 'K') this.#longTarget = text(content)
    }
    this.#begin(size, { write: (bytes) => parts.push(Buffer.from(bytes)), end })
  }

  #begin(size: number, content: Content | undefined): void {
    this.#left = size
    this.#padding = paddingOf(size)
    this.#content = content
    if (size === 0) this.#endContent()
  }

  #endContent(): void {
    const content = this.#content
    this.#content = undefined
    content?.end()
  }
}

function refuse({ kind, flag, path, size }: TarEntry): void {
  if (!Number.isSafeInteger(size)) throw new RefusedError(`the archive says that ${path} has ${size} bytes`)
  if (flag === 'S' || flag === 'M' || flag === 'D')
    throw new RefusedError(`the archive holds ${path} as a sparse or split file, which only GNU tar reads`, {
      hint: 'pack it without --sparse, --multi-volume and --incremental',
    })
  // Readers differ in whether such bytes are there, so that one sees other entries than the next.
  if (kind !== 'file' && size > 0) throw new RefusedError(`the archive gives content to ${path}, which is no file`)
}

/** `git archive` writes a comment for all entries; names or sizes for all are made to confuse. */
function refuseGlobal(records: PaxRecords): void {
  for (const key of ['path', 'linkpath', 'size'])
    if (records.has(key)) throw new RefusedError(`the archive gives all entries the same ${key}`)
}

const zeros = Buffer.alloc(block)

function isZero(head: Buffer): boolean {
  return head[0] === 0 && head.equals(zeros)
}
