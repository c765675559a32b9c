import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  fsyncSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { replaceable, type Destination } from './destination.ts'
import type { Folder } from './folder.ts'
import { isInMemory } from './in-memory.ts'
import { removeEntry } from './leftovers.ts'
import { asOutputError, writing } from './output-error.ts'
import type { OutputPath } from '../values/relative-path.ts'
import { stagingName } from './staging-name.ts'

const { O_APPEND, O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants

/** What a destination shall hold; `mode` is the permission bits. */
export type FileContent = Destination & { readonly bytes: Uint8Array; readonly mode: number }

/** A small file to publish; `mode` is its permission bits, e.g. 0o644. */
export type Output = { readonly to: OutputPath; readonly content: string | Uint8Array; readonly mode: number }

/** What became of one output; 'unchanged' was there already, byte for byte and with this mode, and was not touched. */
export type Published = { readonly to: OutputPath; readonly status: 'written' | 'unchanged' }

/** Text is written as UTF-8. */
export function bytesOf(content: Output['content']): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content
}

/** Bytes that are on disk, with their mode, under the name `staging` beside their destination. */
export type StagedFile = FileContent & { readonly staging: string }

/** Whether the destination holds anything else than these bytes with this mode; a symlink is never looked through. */
export function differs(file: FileContent): boolean {
  const entry = replaceable(file)
  if (entry === undefined || entry.size !== file.bytes.length || (entry.mode & 0o7777) !== file.mode) return true
  return !holds(file.folder.at(file.name), file.bytes)
}

/** Whether this is a regular file of these bytes. */
export function holds(path: string, bytes: Uint8Array): boolean {
  let fd
  try {
    // O_NONBLOCK: a pipe put there since the look above must not hang us.
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    return fstatSync(fd).isFile() && readFileSync(fd).equals(bytes)
  } catch {
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Creates an empty file of this mode, whatever the umask, and returns its descriptor, open for writing. */
export function createStaging({ folder }: Pick<Destination, 'folder'>, staging: string, mode: number): number {
  const fd = openSync(folder.at(staging), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    if ((fstatSync(fd).mode & 0o7777) !== mode) fchmodSync(fd, mode)
    return fd
  } catch (error) {
    closeSync(fd)
    removeEntry(folder, staging)
    throw error
  }
}

/** Writes the bytes beside their destination, down to the disk. Throws OutputError and leaves nothing. */
export function stageFile(file: FileContent): StagedFile {
  const staging = stagingName('file', file.name)
  try {
    writeNew(file.folder, staging, file)
    return { ...file, staging }
  } catch (error) {
    throw asOutputError(file.to, error)
  }
}

/** Writes a file that is not there yet, down to the disk, or leaves nothing. */
function writeNew(folder: Folder, name: string, { bytes, mode }: Pick<FileContent, 'bytes' | 'mode'>): void {
  const fd = createStaging({ folder }, name, mode)
  try {
    write(fd, bytes)
    fsyncSync(fd)
  } catch (error) {
    removeEntry(folder, name)
    throw error
  } finally {
    closeSync(fd)
  }
}

/** So many are synced one after the other, and any number where the volume is in memory: threads would cost more. */
const few = 4
/** So many are open at once; a process may have 1,024. */
const many = 128

/**
 * Writes files that are not there yet, down to the disk: all of them at once, since a disk takes as long for a hundred as
 * for one. Throws OutputError and leaves none.
 */
export async function writeNewFiles(files: readonly FileContent[]): Promise<void> {
  const written: FileContent[] = []
  try {
    if (files.length <= few || areInMemory(files)) {
      for (const file of files) {
        writing(file.to, () => writeNew(file.folder, file.name, file))
        written.push(file)
      }
      return
    }
    for (let at = 0; at < files.length; at += many) await writeTogether(files.slice(at, at + many), written)
  } catch (error) {
    for (const { folder, name } of written) removeEntry(folder, name)
    throw error
  }
}

function areInMemory(files: readonly FileContent[]): boolean {
  return [...new Set(files.map(({ folder }) => folder))].every(({ path }) => isInMemory(path))
}

async function writeTogether(files: readonly FileContent[], written: FileContent[]): Promise<void> {
  const open: number[] = []
  try {
    for (const file of files) {
      const fd = writing(file.to, () => createStaging(file, file.name, file.mode))
      open.push(fd)
      written.push(file)
      writing(file.to, () => write(fd, file.bytes))
    }
    const synced = await Promise.allSettled(open.map(flush))
    for (const [at, file] of files.entries()) {
      const { reason } = { reason: undefined, ...synced[at] }
      if (reason !== undefined) throw asOutputError(file.to, reason)
    }
  } finally {
    for (const fd of open) closeSync(fd)
  }
}

function write(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
}

/** Waits until the disk has it. */
export function flush(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error ? reject(error) : resolve()))
  })
}
