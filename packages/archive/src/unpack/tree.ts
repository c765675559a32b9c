import {
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { formatBytes, formatCount, RefusedError, systemCode } from '@initbox/core'
import type { Content } from '../tar/entry.ts'
import { checkTarget, type Parts } from './entry-path.ts'
import { OpenFolders } from './open-folders.ts'

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

export type TreeSettings = {
  /** Permission bits of all files, instead of those in the archive; who could run one still can. */
  readonly mode?: number | undefined
  readonly maxSize: number
  readonly maxEntries: number
  /** Bytes of the archive that were read so far: what grows to a thousand times as much is a bomb. */
  readonly received: () => number
}

/** Where a bomb is told from a small archive of zeros: deflate reaches 1,032 at most, and no real content comes near. */
const ratio = 1_000
const unsuspected = 64 << 20

/** Facts of one file. */
export type NewFile = { readonly mode: number; readonly mtime: number; readonly size: number }

/**
 * Writes the entries of an archive below one folder. It trusts no name, no link and no size: nothing is written through a
 * symlink, over something that is there, or with set-id bits; owners and extended attributes are not kept. Files are
 * written at once and not synced. Throws RefusedError that names the entry, and errors of system calls.
 */
export class Tree {
  readonly #settings: TreeSettings
  readonly #folders: OpenFolders
  readonly #umask = process.umask()
  /** Set at the end, since a folder may forbid its owner to write. */
  readonly #folderModes: { readonly parts: Parts; readonly mode: number }[] = []
  readonly #waiting: { readonly parts: Parts; readonly target: Parts }[] = []
  #entries = 0
  #closed = false
  /** Descriptors of files that are being written. */
  readonly #open = new Set<number>()
  files = 0
  bytes = 0

  constructor(root: string, settings: TreeSettings) {
    this.#folders = new OpenFolders(root)
    this.#settings = settings
  }

  folder(parts: Parts, mode: number): void {
    this.#count()
    this.#folders.at(parts, parts.join('/'))
    if ((mode & 0o777) !== 0o755) this.#folderModes.push({ parts, mode: mode & 0o777 })
  }

  /**
   * The file must be given exactly `size` bytes, or what is missing behind the first `from`; whoever reads the archive sees
   * to that.
   */
  file(parts: Parts, { mode, mtime, size }: NewFile, from = 0): Content {
    this.#count()
    this.#grow(size)
    this.bytes -= size - from
    const path = parts.join('/')
    const bits = this.#fileMode(mode)
    const at = this.#place(parts)
    const flags = from > 0 ? O_WRONLY | O_APPEND | O_NOFOLLOW : O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    const fd = this.#making(path, () => openSync(at, flags, bits))
    this.#open.add(fd)
    this.files++
    return {
      write: (bytes) => {
        this.#grow(bytes.length)
        for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
      },
      end: () => {
        if ((bits & this.#umask) !== 0) fchmodSync(fd, bits)
        futimesSync(fd, mtime, mtime)
        this.#open.delete(fd)
        closeSync(fd)
      },
    }
  }

  /**
   * Looks what an earlier run left of a file: `whole`, which then counts as written, where it has its size, its mode, its
   * time, which it got last, and content that is good; else the length of its good beginning. Whatever is neither is taken
   * away.
   */
  left(
    parts: Parts,
    { mode, mtime, size }: NewFile,
    isGood: (fd: number, length: number) => boolean,
  ): 'whole' | number {
    this.#folders.trim()
    const at = this.#place(parts)
    const entry = lstatSync(at, { throwIfNoEntry: false })
    if (entry === undefined) return 0
    const bits = this.#fileMode(mode)
    const isWhole = entry.size === size && entry.mode % 0o10000 === bits && Math.abs(entry.mtimeMs - mtime * 1_000) < 2
    // Whoever made it may have been told not to write to it, or even to read.
    const isBegun = entry.size > 0 && entry.size < size && (entry.mode & 0o600) === 0o600
    const isOurs = entry.isFile() && entry.nlink === 1 && (entry.mode & 0o400) !== 0 && (isWhole || isBegun)
    if (!isOurs || !this.#isGood(at, entry.size, isGood)) {
      unlinkSync(at)
      return 0
    }
    if (!isWhole) return entry.size
    this.#count()
    this.#grow(size)
    this.files++
    return 'whole'
  }

  #isGood(at: string, length: number, isGood: (fd: number, length: number) => boolean): boolean {
    const fd = openSync(at, O_RDONLY | O_NOFOLLOW)
    try {
      return isGood(fd, length)
    } finally {
      closeSync(fd)
    }
  }

  symlink(parts: Parts, target: string): void {
    this.#count()
    checkTarget(parts.join('/'), target, parts.length - 1)
    const at = this.#place(parts)
    this.#making(parts.join('/'), () => symlinkSync(target, at))
    this.files++
  }

  /** Another name for a file of this tree; one that comes later is waited for. */
  hardlink(parts: Parts, target: Parts): void {
    this.#count()
    if (!this.#link(parts, target)) this.#waiting.push({ parts, target })
    this.files++
  }

  /** Does what had to wait. Throws RefusedError for a hard link whose file never came. */
  finish(): void {
    for (const { parts, target } of this.#waiting) {
      this.#folders.trim()
      if (!this.#link(parts, target))
        throw new RefusedError(
          `${parts.join('/')} in the archive is a hard link to ${target.join('/')}, which is not there`,
          {
            hint: 'is its file left out by --include, --exclude or --subpath?',
          },
        )
    }
    for (const { parts, mode } of this.#folderModes.toReversed()) {
      this.#folders.trim()
      const folder = this.#folders.at(parts, parts.join('/'))
      folder.chmod((folder.permissions() & 0o7000) | mode)
    }
  }

  /** Gives the descriptors back; may be called again. */
  close(): void {
    for (const fd of this.#open) closeSync(fd)
    this.#open.clear()
    if (!this.#closed) this.#folders.close()
    this.#closed = true
  }

  #link(parts: Parts, target: Parts): boolean {
    const from = this.#place(target)
    const entry = lstatSync(from, { throwIfNoEntry: false })
    if (entry === undefined) return false
    if (parts.join('/') === target.join('/')) return true
    if (!entry.isFile())
      throw new RefusedError(
        `${parts.join('/')} in the archive is a hard link to ${target.join('/')}, which is no file`,
      )
    this.#making(parts.join('/'), () => linkSync(from, this.#place(parts)))
    return true
  }

  #place(parts: Parts): string {
    return this.#folders.at(parts.slice(0, -1), parts.join('/')).at(parts.at(-1) ?? '')
  }

  #fileMode(mode: number): number {
    const { mode: asked } = this.#settings
    if (asked === undefined) return mode & 0o777
    return (mode & 0o100) === 0 ? asked : asked | ((asked & 0o444) >> 2)
  }

  #making<Result>(path: string, make: () => Result): Result {
    try {
      return make()
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      throw new RefusedError(`the archive has ${path} twice, or two names that are one on this volume`, {
        cause: error,
      })
    }
  }

  #count(): void {
    this.#folders.trim()
    const { maxEntries } = this.#settings
    if (++this.#entries > maxEntries)
      throw new RefusedError(`the archive has more than ${formatCount(maxEntries)} entries`, {
        hint: '--max-entries raises the limit',
      })
  }

  #grow(bytes: number): void {
    const { maxSize, received } = this.#settings
    this.bytes += bytes
    if (this.bytes > maxSize)
      throw new RefusedError(`the archive holds more than ${formatBytes(maxSize)}`, {
        hint: '--max-size raises the limit',
      })
    if (this.bytes > unsuspected && this.bytes > ratio * received())
      throw new RefusedError(
        `the archive is a bomb: ${formatBytes(received())} of it became more than ${formatBytes(unsuspected)}, over ${formatCount(ratio)} times as much`,
      )
  }
}
