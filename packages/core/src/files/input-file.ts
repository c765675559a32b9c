import { isUtf8 } from 'node:buffer'
import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs'
import { inPod } from '../errors/in-pod.ts'
import { formatBytes } from '../values/bytes.ts'
import { NotFoundError, RefusedError, systemCode, ToolError, UsageError } from '../errors/errors.ts'
import { missingFileHint } from './missing-file.ts'

const { O_RDONLY, O_NONBLOCK } = constants

/** A whole file and its permission bits. */
export type InputFile = { readonly bytes: Buffer; readonly mode: number }

export type ReadSettings = {
  /** Most bytes to read. */
  readonly limit: number
  /** The option that names the file, for messages: `--config`. */
  readonly option?: string | undefined
  /** What to do about a file that is larger. */
  readonly tooLarge?: string
  /** The folder that the file must really lie in, wherever symlinks on the way lead. */
  readonly within?: string
}

/**
 * The bytes of a regular file; a pipe or device is never waited for. Throws NotFoundError when it is not there (exit 4),
 * RefusedError when it is too large or lies outside the folder (5), and UsageError when it cannot be read (2).
 */
export function readBytes(path: string, settings: ReadSettings): Buffer {
  return readInputFile(path, settings).bytes
}

/** The same for UTF-8 text, without a byte order mark. Bytes that are none are a RefusedError (5). */
export function readText(path: string, settings: ReadSettings): string {
  return decodeText(readBytes(path, settings), nameOf(path, settings.option)).replace(/^\ufeff/, '')
}

/**
 * Reads a regular file. Throws NotFoundError when it is not there, RefusedError when it is too large or lies outside
 * the folder, and UsageError when it cannot be read.
 */
export function readInputFile(path: string, { limit, option, within, tooLarge }: ReadSettings): InputFile {
  const name = nameOf(path, option)
  let fd: number | undefined
  try {
    // A pipe must not hang us; what it is is looked at once it is open, so that nobody can swap it in between.
    fd = openSync(path, O_RDONLY | O_NONBLOCK)
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new UsageError(`cannot read ${name}: it is not a file`, { fields: { path } })
    if (within !== undefined && !liesWithin(realPath(fd, path), within)) {
      throw new RefusedError(`cannot read ${name}: it leads out of ${within === '.' ? 'the volume' : within}`)
    }
    return { bytes: readAll(fd, name, stats.size, { limit, tooLarge }), mode: stats.mode & 0o777 }
  } catch (error) {
    throw asInputError(path, error, option)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Decodes UTF-8, and only UTF-8; a byte order mark stays. Throws RefusedError. */
export function decodeText(bytes: Buffer, path: string): string {
  if (isText(bytes)) return bytes.toString('utf8')
  throw new RefusedError(`cannot read ${path}: it is not UTF-8 text`, { hint: 'save it as UTF-8' })
}

/** Whether bytes are UTF-8 without NUL; anything else is called binary, UTF-16 too. */
export function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

type Most = { readonly limit: number; readonly tooLarge: string | undefined }

function readAll(fd: number, name: string, size: number, { limit, tooLarge }: Most): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    // One byte more than there should be finds the end in the second call; files in /proc say they are empty.
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(size - total + 1, 4_096), 1 << 20, limit + 1))
    const length = readSync(fd, chunk)
    if (length === 0) return Buffer.concat(chunks)
    total += length
    if (total > limit)
      throw new RefusedError(`cannot read ${name}: it is larger than ${formatBytes(limit)}`, { hint: tooLarge })
    chunks.push(chunk.subarray(0, length))
  }
}

/** Where an open file really lies. Without /proc (macOS, for development only) where its path leads now. */
function realPath(fd: number, path: string): string {
  const link = `/proc/self/fd/${fd}`
  return existsSync(link) ? readlinkSync(link) : realpathSync(path)
}

function liesWithin(real: string, folder: string): boolean {
  const top = realpathSync(folder)
  return real.startsWith(top === '/' ? '/' : `${top}/`)
}

function nameOf(path: string, option: string | undefined): string {
  return option === undefined ? path : `${path} (${option})`
}

/** Turns a failed system call on an input into the sentence for the person on call; other errors come back as they are. */
export function asInputError(path: string, error: unknown, option?: string): unknown {
  const code = systemCode(error)
  if (error instanceof ToolError || code === undefined || !(error instanceof Error)) return error
  const name = nameOf(path, option)
  const fields = { path }
  if (code === 'ENOENT')
    return new NotFoundError(`cannot read ${name}: there is no such file`, {
      hint: missingFileHint(path),
      cause: error,
      fields,
    })
  const reasons: Readonly<Record<string, string>> = {
    EACCES: `permission denied for uid ${process.getuid?.()}, gid ${process.getgid?.()}`,
    ENOTDIR: 'a folder on the way is not a folder',
    ELOOP: 'too many symlinks on the way',
    EISDIR: 'it is a folder',
    ENXIO: 'it is not a file',
    EMFILE: 'too many open files',
    ENFILE: 'too many open files on this node',
  }
  const hint =
    code !== 'EACCES'
      ? undefined
      : inPod()
        ? "set fsGroup in the Pod's securityContext, or a defaultMode that lets this user read"
        : 'run as its owner (--user UID:GID), or let this user read it'
  return new UsageError(`cannot read ${name}: ${reasons[code] ?? error.message}`, { hint, cause: error, fields })
}
