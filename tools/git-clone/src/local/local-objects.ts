import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { builtin, RefusedError } from '@initbox/core'
import { applyDelta, deltaHead } from '../pack/delta.ts'
import type { ObjectHead } from '../pack/pack-reader.ts'
import { LocalFile } from './local-file.ts'
import { IndexedPack } from './pack-index-file.ts'

/** Where an object is: in a pack, or in a file of its own. */
export type Found = Packed | { readonly pack: undefined; readonly path: string }
export type Packed = { readonly pack: IndexedPack; readonly head: ObjectHead }
type Read = { readonly type: number; readonly bytes: Buffer }

/** Commits, trees and tags are read whole, and nothing that is read whole is larger. */
const LARGEST = 64 * 2 ** 20
/** Of objects that others are made of, so many bytes are kept. */
const MOST_KEPT = 16 * 2 ** 20
const LOOSE_HEAD = 512
/** More deltas upon another than git makes. */
const LONGEST_CHAIN = 5_000
const types: Readonly<Record<string, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 }

/** The objects of a repository on disk (gitrepository-layout), those of its alternates too. */
export class LocalObjects {
  readonly #folders: readonly string[]
  readonly #packs: readonly IndexedPack[]
  readonly #kept = new Map<string, Read>()
  #keptBytes = 0
  readonly #numbers = new Map<IndexedPack, number>()

  constructor(folder: string) {
    this.#folders = withAlternates(folder)
    this.#packs = this.#folders.flatMap((each) => packsOf(`${each}/pack`))
    for (const [number, pack] of this.#packs.entries()) this.#numbers.set(pack, number)
  }

  /** A name for the place of an object, the same for the same place. */
  key(found: Found): string {
    return found.pack === undefined ? found.path : `${this.#numbers.get(found.pack)} ${found.head.offset}`
  }

  /** Throws RefusedError for an object that is not there. */
  find(id: string): Found {
    const place = this.#place(id)
    if (typeof place === 'string') return { pack: undefined, path: place }
    if (place !== undefined) return { pack: place.pack, head: place.pack.head(place.offset) }
    throw new RefusedError(`the repository has no object ${id}`, {
      hint: 'is it damaged (git fsck), or a partial clone, which has only a part of its objects?',
    })
  }

  has(id: string): boolean {
    return this.#place(id) !== undefined
  }

  #place(id: string): string | { readonly pack: IndexedPack; readonly offset: number } | undefined {
    const bytes = Buffer.from(id, 'hex')
    for (const pack of this.#packs) {
      const offset = pack.find(bytes)
      if (offset !== undefined) return { pack, offset }
    }
    return this.#folders.map((folder) => `${folder}/${id.slice(0, 2)}/${id.slice(2)}`).find((path) => existsSync(path))
  }

  /** What an object in a pack is based on; undefined for one that is whole. */
  baseOf({ pack, head }: Packed): Packed | undefined {
    const { offset, baseOffset, baseId } = head
    if (baseOffset === undefined && baseId === undefined) return undefined
    const base = baseOffset ?? pack.find(baseId ?? Buffer.alloc(20))
    if (base === undefined || base < 12 || base === offset)
      throw new RefusedError('the repository is damaged: a delta has no base')
    return { pack, head: pack.head(base) }
  }

  /** An object in a pack, and those that it is based on, up to one that is whole. */
  #chain(found: Packed): Packed[] {
    const chain = [found]
    for (let base = this.baseOf(found); base !== undefined; base = this.baseOf(base)) {
      chain.push(base)
      if (chain.length > LONGEST_CHAIN) throw new RefusedError('the repository is damaged: deltas without end')
    }
    return chain
  }

  typeOf(found: Found): number {
    if (found.pack === undefined) return looseHead(found.path).type
    return this.#chain(found).at(-1)?.head.type ?? 0
  }

  read(found: Found): Read {
    if (found.pack === undefined) {
      const { type, size, length } = looseHead(found.path)
      refuseLarge(size)
      return { type, bytes: inflate(wholeFile(found.path), length + size).subarray(length) }
    }
    let made: Read | undefined
    for (const each of this.#chain(found).toReversed()) {
      const known = this.#kept.get(this.key(each))
      if (known !== undefined) made = known
      else {
        const { pack, head } = each
        refuseLarge(head.size)
        const bytes = inflate(Buffer.concat([...pack.deflated(head)]), head.size)
        made = this.#keep(this.key(each), made === undefined ? { type: head.type, bytes } : applied(made, bytes))
      }
    }
    if (made === undefined) throw new RefusedError('the repository is damaged')
    return made
  }

  #keep(key: string, made: Read): Read {
    this.#keptBytes += made.bytes.length
    if (this.#keptBytes > MOST_KEPT) {
      this.#kept.clear()
      this.#keptBytes = made.bytes.length
    }
    this.#kept.set(key, made)
    return made
  }

  close(): void {
    for (const pack of this.#packs) pack.close()
  }
}

/** What is deflated; bytes that follow are not minded. */
function inflate(bytes: Buffer, size: number): Buffer {
  const { inflateSync, constants } = builtin('node:zlib')
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: size + 1 })
  } catch (cause) {
    throw new RefusedError('the repository is damaged: an object cannot be inflated', { cause })
  }
}

function applied(base: Read, delta: Buffer): Read {
  const { base: size, result, start } = deltaHead(delta, delta.length)
  refuseLarge(result)
  if (size !== base.bytes.length) throw new RefusedError('the repository is damaged: a delta is not of its base')
  const bytes = Buffer.alloc(result)
  applyDelta(
    { buffer: delta, at: 0, length: delta.length },
    start,
    { buffer: base.bytes, at: 0, length: base.bytes.length },
    { buffer: bytes, at: 0, length: result },
  )
  return { type: base.type, bytes }
}

function refuseLarge(size: number): void {
  if (size > LARGEST) throw new RefusedError('the repository has a commit or tree that is larger than any')
}

/** A loose object begins with `blob 12\0` when it is inflated. */
export function looseHead(path: string): { readonly type: number; readonly size: number; readonly length: number } {
  const file = new LocalFile(path)
  const begin = file.read(0, LOOSE_HEAD)
  file.close()
  // So few bytes can become no more than this.
  const bytes = inflate(begin, 1 << 20)
  const [head, word = '', size = ''] = /^(\w+) (\d{1,15})\0/.exec(bytes.toString('latin1', 0, 64)) ?? []
  const type = types[word]
  if (head === undefined || type === undefined) throw new RefusedError(`${path} is no object of git`)
  return { type, size: Number(size), length: head.length }
}

/** A loose object without its head, deflated anew: a pack has the head elsewhere. */
export async function* looseDeflated(path: string, length: number): AsyncGenerator<Buffer> {
  const { createInflate, createDeflate } = builtin('node:zlib')
  const file = new LocalFile(path)
  const inflated = Readable.from(file.pieces(0, file.size)).pipe(createInflate())
  const deflate = createDeflate({ level: 1 })
  const fill = async (): Promise<void> => {
    let skip = length
    for await (const piece of inflated as AsyncIterable<Buffer>) {
      const rest = piece.subarray(Math.min(skip, piece.length))
      skip -= Math.min(skip, piece.length)
      if (!deflate.write(rest)) await new Promise((done) => deflate.once('drain', done))
    }
    deflate.end()
  }
  const filling = fill().catch((error: unknown) => deflate.destroy(error instanceof Error ? error : undefined))
  try {
    for await (const piece of deflate as AsyncIterable<Buffer>) yield piece
    await filling
  } finally {
    inflated.destroy()
    file.close()
  }
}

function wholeFile(path: string): Buffer {
  const file = new LocalFile(path)
  try {
    return file.read(0, file.size)
  } finally {
    file.close()
  }
}

function withAlternates(folder: string, depth = 0): string[] {
  const list = `${folder}/info/alternates`
  if (depth > 5 || !existsSync(list)) return [folder]
  const lines = wholeFile(list).toString('utf8').split('\n')
  const others = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => resolve(folder, line))
  return [...new Set([folder, ...others.flatMap((other) => withAlternates(other, depth + 1))])]
}

function packsOf(folder: string): IndexedPack[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^pack-.*\.idx$/.test(name))
    .map((name) => new IndexedPack(`${folder}/${name}`))
}
