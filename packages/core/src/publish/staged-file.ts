import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { replaceable, type Destination } from './destination.ts'
import type { Folder } from './folder.ts'
import { removeEntry } from './leftovers.ts'
import { asOutputError } from './output-error.ts'
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
export function writeNew(folder: Folder, name: string, { bytes, mode }: Pick<FileContent, 'bytes' | 'mode'>): void {
  const fd = createStaging({ folder }, name, mode)
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    fsyncSync(fd)
  } catch (error) {
    removeEntry(folder, name)
    throw error
  } finally {
    closeSync(fd)
  }
}
