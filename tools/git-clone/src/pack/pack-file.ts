import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { builtin } from '@initbox/core'
import { damaged, type ObjectHead, parseHead } from './pack-reader.ts'

/** Bytes of the checksum at the end of a pack. */
const TRAILER = 20
const PIECE = 1 << 20

/** A pack on its way to disk: written as it comes, and read again where an object is needed a second time. */
export class PackFile implements Disposable {
  readonly #folder: string
  readonly #staging: string
  #fd: number | undefined
  size = 0

  /** `folder` is `objects/pack` of a repository. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#staging = `${folder}/tmp_pack`
    this.#fd = openSync(this.#staging, 'wx+', 0o444)
  }

  write(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) at += writeSync(this.#open(), bytes, at, end - at)
    this.size += end - start
  }

  /** The object between two offsets, inflated: it or, of a delta, its instructions. `most` is what it may have. */
  entry(offset: number, end: number, most: number): ObjectHead & { readonly bytes: Buffer } {
    const raw = Buffer.allocUnsafe(Math.min(end - offset, most + PIECE))
    readSync(this.#open(), raw, 0, raw.length, offset)
    const head = parseHead(raw, raw.length, offset)
    if (head === undefined) throw damaged('an object has no head')
    const { inflateSync, constants } = builtin('node:zlib')
    const bytes = inflateSync(raw.subarray(head.length), { finishFlush: constants.Z_SYNC_FLUSH })
    return { ...head, bytes }
  }

  /** Gives the file the name that its checksum makes; returns its path. The reader of the pack has checked it. */
  finish(): string {
    const trailer = Buffer.alloc(TRAILER)
    readSync(this.#open(), trailer, 0, TRAILER, this.size - TRAILER)
    const path = `${this.#folder}/pack-${trailer.toString('hex')}.pack`
    renameSync(this.#staging, path)
    this[Symbol.dispose]()
    return path
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #open(): number {
    if (this.#fd === undefined) throw new Error('the pack is closed')
    return this.#fd
  }
}

/** A pack that is whole, for `use`: its bytes from one place to another, in pieces that are good until the next. */
export function readPack<T>(
  path: string,
  use: (size: number, pieces: (from: number, to: number) => Iterable<Buffer>) => T,
): T {
  const fd = openSync(path, 'r')
  try {
    return use(fstatSync(fd).size, (from, to) => piecesOf(fd, from, to))
  } finally {
    closeSync(fd)
  }
}

function* piecesOf(fd: number, from: number, to: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(PIECE, to - from)))
  for (let at = from; at < to;) {
    const read = readSync(fd, buffer, 0, Math.min(buffer.length, to - at), at)
    if (read === 0) return
    yield buffer.subarray(0, read)
    at += read
  }
}
