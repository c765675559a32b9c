import { crc32, createInflateRaw, createZstdDecompress, inflateRawSync } from 'node:zlib'
import { RefusedError } from '@initbox/core'
import type { Content } from '../tar/entry.ts'
import { ZlibDecoder } from '../decode/zlib-decoder.ts'
import { damaged } from './directory.ts'
import { deflated, stored, type ZipDirectory, type ZipEntry } from './entry.ts'

/** Told every entry whose turn it is; returns who takes its bytes, or undefined for nobody. */
export type VisitZip = (entry: ZipEntry) => Content | undefined

/** As much as one call makes of a large file: with four times as much, a spooled zip did not fit into 64 MiB. */
const chunkSize = 128 * 1024

/** What is inflated at once, without a stream, which costs more than the work itself. */
const smallCompressed = 256 * 1024
const smallSize = 1 << 20

/**
 * Reads the entries of a zip whose directory is known, from its bytes in the order in which they lie there. The directory
 * decides what there is; a local header that says otherwise is refused (APPNOTE.TXT 4.3.7), and so are bytes of another
 * length or CRC than the directory says. `seek` skips what nobody wants. Throws RefusedError.
 */
export class ZipReader {
  readonly #entries: readonly ZipEntry[]
  readonly #visit: VisitZip
  #index = 0
  /** Where the next byte lies. */
  #at = 0
  /** Of the local header, or of compressed data that is inflated at once. */
  #held: Buffer[] = []
  #heldLength = 0
  #body: Body | undefined
  #bodyEnd = 0

  constructor({ entries }: ZipDirectory, visit: VisitZip) {
    this.#entries = entries
    this.#visit = visit
  }

  /** Skips to a place before the next entry. */
  seek(offset: number): void {
    this.#at = offset
  }

  async write(bytes: Buffer): Promise<void> {
    let at = 0
    while (at < bytes.length) {
      const entry = this.#entries[this.#index]
      if (entry === undefined) break
      if (this.#body !== undefined) {
        const end = Math.min(bytes.length, at + this.#bodyEnd - this.#at)
        await this.#body.write(bytes.subarray(at, end))
        this.#at += end - at
        at = end
        if (this.#at === this.#bodyEnd) await this.#endBody()
      } else if (this.#at < entry.offset) {
        const skipped = Math.min(bytes.length - at, entry.offset - this.#at)
        this.#at += skipped
        at += skipped
      } else {
        const taken = this.#hold(bytes.subarray(at), localHeaderLength(this.#held))
        at += taken
        this.#at += taken
        await this.#tryBegin(entry)
      }
    }
  }

  /** There are no more bytes. */
  end(): void {
    if (this.#index < this.#entries.length) throw damaged('it is cut off')
  }

  destroy(): void {
    this.#body?.destroy()
  }

  #hold(bytes: Buffer, length: number): number {
    const taken = bytes.subarray(0, length - this.#heldLength)
    this.#held.push(Buffer.from(taken))
    this.#heldLength += taken.length
    return taken.length
  }

  async #tryBegin(entry: ZipEntry): Promise<void> {
    if (this.#heldLength < localHeaderLength(this.#held)) return
    const header = Buffer.concat(this.#held)
    if (header.length < localHeaderLength([header])) {
      this.#held = [header]
      return
    }
    this.#held = []
    this.#heldLength = 0
    compare(header, entry)
    const next = this.#entries[this.#index + 1]?.offset
    this.#bodyEnd = this.#at + entry.compressedSize
    if (next !== undefined && this.#bodyEnd > next)
      throw new RefusedError(`${entry.path} in the archive overlaps the next entry`)
    this.#body = bodyOf(entry, this.#visit(entry))
    if (entry.compressedSize === 0) await this.#endBody()
  }

  async #endBody(): Promise<void> {
    const body = this.#body
    this.#body = undefined
    this.#index++
    await body?.end()
  }
}

/** 30 bytes until the header is there that says how many there are. */
function localHeaderLength(held: readonly Buffer[]): number {
  const first = held.length === 1 ? held[0] : Buffer.concat(held)
  if (first === undefined || first.length < 30) return 30
  return 30 + first.readUInt16LE(26) + first.readUInt16LE(28)
}

function compare(header: Buffer, { path, name, method, flags, size, compressedSize }: ZipEntry): void {
  if (header.readUInt32LE(0) !== 0x04034b50) throw damaged(`${path} does not lie where the directory says`)
  const local = {
    name: header.subarray(30, 30 + header.readUInt16LE(26)),
    flags: header.readUInt16LE(6),
    method: header.readUInt16LE(8),
  }
  if (!local.name.equals(name))
    throw new RefusedError(
      `the archive calls ${path} also '${local.name.toString()}': its directory and its entries differ`,
    )
  const differ = (what: string): RefusedError =>
    new RefusedError(`the archive says two things about ${path}: its directory and its entry differ in ${what}`)
  if (local.method !== method) throw differ('the compression')
  if ((local.flags & 1) !== (flags & 1)) throw differ('the encryption')
  // With a data descriptor (bit 3), or in an extra field (all ones), the sizes stand elsewhere.
  if ((local.flags & 8) !== 0) return
  const [localCompressed, localSize] = [header.readUInt32LE(18), header.readUInt32LE(22)]
  if (localCompressed !== 0xffffffff && localCompressed !== compressedSize) throw differ('the size')
  if (localSize !== 0xffffffff && localSize !== size) throw differ('the size')
}

/** Takes the compressed bytes of one entry. */
type Body = { write(bytes: Buffer): void | Promise<void>; end(): void | Promise<void>; destroy(): void }

const nothing = { write: () => undefined, end: () => undefined, destroy: () => undefined }

function bodyOf(entry: ZipEntry, content: Content | undefined): Body {
  if (content === undefined) return nothing
  const checked = new CheckedContent(entry, content)
  if (entry.method === stored || entry.compressedSize === 0)
    return { write: (bytes) => checked.write(bytes), end: () => checked.end(), destroy: () => undefined }
  if (entry.method === deflated && entry.compressedSize <= smallCompressed && entry.size <= smallSize)
    return new SmallBody(entry, checked)
  const make = () => (entry.method === deflated ? createInflateRaw({ chunkSize }) : createZstdDecompress({ chunkSize }))
  const name = entry.method === deflated ? 'deflate' : 'zstd'
  const decoder = new ZlibDecoder(make, (bytes) => checked.write(bytes), { name })
  return {
    write: (bytes) => decoder.write(bytes),
    end: async () => {
      await decoder.end()
      checked.end()
    },
    destroy: () => decoder.destroy(),
  }
}

class SmallBody implements Body {
  readonly #entry: ZipEntry
  readonly #content: CheckedContent
  #parts: Buffer[] = []
  #length = 0

  constructor(entry: ZipEntry, content: CheckedContent) {
    this.#entry = entry
    this.#content = content
  }

  write(bytes: Buffer): void {
    this.#length += bytes.length
    // What came in one piece is used before the next comes.
    this.#parts.push(this.#length === this.#entry.compressedSize ? bytes : Buffer.from(bytes))
  }

  end(): void {
    const compressed = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts)
    const { path, size } = this.#entry
    let inflated: Buffer
    try {
      inflated = inflateRawSync(compressed ?? Buffer.alloc(0), {
        maxOutputLength: size + 1,
        // In a buffer of its own, not in the pool of small ones.
        chunkSize: Math.max(Buffer.poolSize, size + 1),
      })
    } catch (cause) {
      throw new RefusedError(`${path} in the archive is damaged: its deflate data is no good`, { cause })
    }
    this.#content.write(inflated)
    this.#content.end()
    // What a stream has made lives as long as itself, and until V8 collects old objects.
    if (inflated.buffer instanceof ArrayBuffer) inflated.buffer.transfer(0)
  }

  destroy(): void {
    this.#parts = []
  }
}

/** Checks length and CRC on the way. */
class CheckedContent implements Content {
  readonly #entry: ZipEntry
  readonly #content: Content
  #length = 0
  #crc = 0

  constructor(entry: ZipEntry, content: Content) {
    this.#entry = entry
    this.#content = content
  }

  write(bytes: Buffer): void {
    this.#length += bytes.length
    if (this.#length > this.#entry.size)
      throw new RefusedError(
        `${this.#entry.path} in the archive is larger than the ${this.#entry.size} bytes it should have`,
      )
    this.#crc = crc32(bytes, this.#crc)
    this.#content.write(bytes)
  }

  end(): void {
    const { path, size, crc } = this.#entry
    if (this.#length !== size)
      throw new RefusedError(`${path} in the archive has ${this.#length} bytes instead of ${size}`)
    if (this.#crc !== crc) throw new RefusedError(`${path} in the archive is damaged: its CRC is wrong`)
    this.#content.end()
  }
}
