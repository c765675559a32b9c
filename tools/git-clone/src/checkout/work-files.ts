import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { RefusedError, systemCode } from '@initbox/core'
import type { Span } from '../pack/delta.ts'
import { readable } from '../tree/tree-entries.ts'

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const notAscii = /[^\0-\x7f]/

/**
 * The files of the tree that is being made, by their paths relative to its top, as binary strings. Nothing is ever
 * written over: a name that is there already is one that the volume takes for another (exit 5).
 */
export class WorkFiles {
  readonly #root: string
  /** Modes of files that come out as they are asked for in spite of the umask, and those that do not. */
  readonly #masked = new Map<number, boolean>()
  #foldersAreMasked: boolean | undefined

  constructor(root: string) {
    this.#root = Buffer.from(root).toString('latin1')
  }

  /** The path that system calls take: as text where it is ASCII, which is faster, and as bytes else. */
  at(path: string): string | Buffer {
    const whole = path === '' ? this.#root : `${this.#root}/${path}`
    return notAscii.test(whole) ? Buffer.from(whole, 'latin1') : whole
  }

  write(path: string, mode: number, { buffer, at, length }: Span): void {
    const fd = this.open(path, mode)
    try {
      for (let done = 0; done < length;) done += writeSync(fd, buffer, at + done, length - done)
    } finally {
      closeSync(fd)
    }
  }

  /** Makes a file to write to; the caller closes it. */
  open(path: string, mode: number): number {
    const fd = this.#making(path, () => openSync(this.at(path), NEW, mode))
    if (this.#isMasked(fd, mode)) fchmodSync(fd, mode)
    return fd
  }

  remove(path: string): void {
    unlinkSync(this.at(path))
  }

  makeFolder(path: string, mode: number): void {
    this.#making(path, () => mkdirSync(this.at(path), mode))
    this.#foldersAreMasked ??= (mode & ~lstatSync(this.at(path)).mode) !== 0
    // Below a volume with fsGroup folders have the set-gid bit, which chmod would take away.
    if (this.#foldersAreMasked) chmodSync(this.at(path), mode | (lstatSync(this.at(path)).mode & 0o2000))
  }

  /** Moves a file from elsewhere in the same file system to its place. */
  move(file: string | Buffer, path: string, mode: number): void {
    // A rename would replace what is there.
    this.#making(path, () => closeSync(openSync(this.at(path), NEW, mode)))
    renameSync(file, this.at(path))
    chmodSync(this.at(path), mode)
  }

  copy(file: string | Buffer, path: string, mode: number): void {
    const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE
    this.#making(path, () => copyFileSync(file, this.at(path), flags))
    chmodSync(this.at(path), mode)
  }

  link(path: string, target: Buffer): void {
    this.#making(path, () => symlinkSync(target, this.at(path)))
  }

  /**
   * Makes a file two seconds older. git reads the content of a file again that was written in the second in which it wrote
   * its index, and takes what is not the blob's own for a change.
   */
  age(path: string): void {
    const { mtimeMs } = lstatSync(this.at(path))
    const time = mtimeMs / 1000 - 2
    utimesSync(this.at(path), time, time)
  }

  size(path: string): number {
    return lstatSync(this.at(path)).size
  }

  read(path: string): Buffer {
    return readFileSync(this.at(path))
  }

  /** Whether the umask takes bits of this mode; asked once for each mode. */
  #isMasked(fd: number, mode: number): boolean {
    const known = this.#masked.get(mode)
    if (known !== undefined) return known
    const masked = (mode & ~fstatSync(fd).mode) !== 0
    this.#masked.set(mode, masked)
    return masked
  }

  #making<T>(path: string, make: () => T): T {
    try {
      return make()
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      throw new RefusedError(`the volume takes ${readable(path)} for a file of another name in the same folder`, {
        hint: 'the names differ only in case or accents; use a volume that tells them apart, or rename one of them',
        cause: error,
      })
    }
  }
}
