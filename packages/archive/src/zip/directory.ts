import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { formatBytes, formatCount, RefusedError } from '@initbox/core'
import { decodeCp437 } from './cp437.ts'
import { unreadMethod, type ZipDirectory, type ZipEntry } from './entry.ts'
import { extraFields, localTime, readWide } from './extra.ts'

/** A file that can be read anywhere; `read` returns the bytes from `start` up to `end`, all of them. */
export type RandomAccess = { readonly size: number; read(start: number, end: number): Promise<Buffer> }

export type DirectorySettings = {
  /** More entries are refused. */
  readonly maxEntries: number
}

const endSize = 22
const longestComment = 0xffff
/** Held in memory: enough for 300,000 entries. */
const longestDirectory = 32 << 20

/**
 * Reads the central directory, which alone says what is in a zip (APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16, with zip64).
 * Whatever cannot be unpacked whole is refused here, before anything is written: RefusedError.
 */
export async function readDirectory(file: RandomAccess, { maxEntries }: DirectorySettings): Promise<ZipDirectory> {
  const tailStart = Math.max(0, file.size - endSize - longestComment - zip64LocatorSize)
  const tail = await file.read(tailStart, file.size)
  const at = findEnd(tail)
  const end = await readEnd(file, tail, at, tailStart)
  if (end.count > maxEntries)
    throw new RefusedError(`the archive has ${formatCount(end.count)} entries, more than ${formatCount(maxEntries)}`, {
      hint: '--max-entries raises the limit',
    })
  if (end.size > longestDirectory)
    throw new RefusedError(`the archive's directory has ${formatBytes(end.size)}`, {
      hint: 'so many files are better packed as tar, which needs no directory in memory',
    })
  const actual = end.at - end.size // what is before the archive, such as a program that unpacks it, shifts all offsets
  const shift = actual - end.start
  if (shift < 0 || actual < 0) throw damaged('its directory does not lie where it should')
  if (shift > 0 && shift % 2 ** 32 === 0)
    throw new RefusedError(
      "the archive has offsets of 32 bits, and is larger: macOS's Archive Utility makes such ones",
      {
        hint: 'pack it with zip -r, which knows zip64, or as tar',
      },
    )
  const bytes =
    actual >= tailStart
      ? tail.subarray(actual - tailStart, actual - tailStart + end.size)
      : await file.read(actual, actual + end.size)
  const entries = readEntries(bytes, end.count, shift)
  entries.sort((a, b) => a.offset - b.offset)
  refuseOverlaps(entries, actual)
  return { entries, start: actual }
}

const zip64LocatorSize = 20

/** Where the end record begins. Its comment must reach just to the end of the file: what follows it is not of the archive. */
function findEnd(tail: Buffer): number {
  let seen = false
  for (let at = tail.length - endSize; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue
    if (at + endSize + tail.readUInt16LE(at + 20) === tail.length) return at
    seen = true
  }
  throw damaged(seen ? 'something follows its end' : 'it is cut off, or no zip: it has no end record')
}

type End = {
  readonly count: number
  readonly size: number
  readonly start: number
  /** Behind the directory. */
  readonly at: number
}

async function readEnd(file: RandomAccess, tail: Buffer, at: number, tailStart: number): Promise<End> {
  const end = {
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
    at: tailStart + at,
  }
  const isWide = end.count === 0xffff || end.size === 0xffffffff || end.start === 0xffffffff
  const locator = at - zip64LocatorSize
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const place = readWide(tail, locator + 8)
    if (place + 56 > file.size) throw damaged('its zip64 end record does not lie where it should')
    const record = await file.read(place, place + 56)
    if (record.readUInt32LE(0) !== 0x06064b50) throw damaged('its zip64 end record is none')
    if (record.readUInt32LE(16) !== 0 || record.readUInt32LE(20) !== 0) throw split()
    return { count: readWide(record, 32), size: readWide(record, 40), start: readWide(record, 48), at: place }
  }
  if (isWide && end.size + end.start > end.at) throw damaged('its zip64 end record is missing')
  if (tail.readUInt16LE(at + 4) !== 0 || tail.readUInt16LE(at + 6) !== 0) throw split()
  return end
}

function readEntries(bytes: Buffer, count: number, shift: number): ZipEntry[] {
  const entries: ZipEntry[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory is cut off')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => bytes.readUInt16LE(at + place))
    const extraAt = at + 46 + (nameLength ?? 0)
    const next = extraAt + (extraLength ?? 0) + (commentLength ?? 0)
    if (next > bytes.length) throw damaged('its directory is cut off')
    entries.push(readEntry(bytes.subarray(at, next), shift))
    at = next
  }
  // Archive Utility knows no zip64, and counts up to 65,535 and from 0 again; the directory's length is what counts.
  if (entries.length !== count && !(entries.length > 0xffff && entries.length % 0x10000 === count))
    throw damaged(`its directory has ${entries.length} entries and says ${count}`)
  return entries
}

function readEntry(bytes: Buffer, shift: number): ZipEntry {
  const nameEnd = 46 + bytes.readUInt16LE(28)
  const name = Buffer.from(bytes.subarray(46, nameEnd))
  const extras = extraFields(bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(30)))
  const flags = bytes.readUInt16LE(8)
  const system = bytes[5] ?? 0
  const path = decodeName(name, flags, system, extras.get(0x7075))
  const attributes = bytes.readUInt32LE(38)
  const isUnix = system === 3 || system === 19
  const unixMode = isUnix ? attributes >>> 16 : 0
  const wide = extras.get(0x0001)
  let wideAt = 0
  // In this order, and only those that do not fit into 32 bits (4.5.3).
  const long = (at: number): number => {
    const value = bytes.readUInt32LE(at)
    if (value !== 0xffffffff || wide === undefined) return value
    if (wideAt + 8 > wide.length) throw damaged(`the zip64 field of ${path} is cut off`)
    wideAt += 8
    return readWide(wide, wideAt - 8)
  }
  const [size, compressedSize, offset] = [long(24), long(20), long(42)]
  const isFolder = path.endsWith('/') || (!isUnix && (attributes & 0x10) !== 0)
  const entry: ZipEntry = {
    path,
    kind: kindOf(unixMode, isFolder),
    mode: unixMode & 0o777 || (isFolder ? 0o755 : 0o644),
    mtime: localTime(extras.get(0x5455), extras.get(0x5855), bytes.readUInt16LE(12), bytes.readUInt16LE(14)),
    method: bytes.readUInt16LE(10),
    crc: bytes.readUInt32LE(16),
    compressedSize,
    size,
    offset: offset + shift,
    name,
    flags,
  }
  refuse(entry)
  return entry
}

/** stat(2)'s file types, which Info-ZIP keeps in the upper half of the attributes. */
function kindOf(unixMode: number, isFolder: boolean): ZipEntry['kind'] {
  const type = unixMode & 0o170000
  if (type === 0o120000) return 'symlink'
  if (isFolder || type === 0o040000) return 'folder'
  return type === 0 || type === 0o100000 ? 'file' : 'other'
}

/** UTF-8 where it says so or is so (Info-ZIP does not say), else code page 437. Windows' separators become ours. */
function decodeName(name: Buffer, flags: number, system: number, unicode: Buffer | undefined): string {
  let path: string | undefined
  // Info-ZIP's Unicode path, good only for the name that it was made for (4.6.9).
  if (unicode?.[0] === 1 && unicode.length > 5 && unicode.readUInt32LE(1) === crc32(name)) {
    const text = unicode.subarray(5)
    if (isUtf8(text)) path = text.toString('utf8')
  }
  if (path === undefined && isUtf8(name)) path = name.toString('utf8')
  if (path === undefined && (flags & 0x800) !== 0)
    throw new RefusedError(`the archive has a name that is not UTF-8: '${name.toString('latin1')}'`)
  path ??= decodeCp437(name)
  return system === 0 ? path.replaceAll('\\', '/') : path
}

function refuse({ path, flags, method, kind, size, compressedSize }: ZipEntry): void {
  if ((flags & 0x2041) !== 0) throw new RefusedError(`${path} in the archive is encrypted`)
  const unread = unreadMethod(method)
  if (unread !== undefined)
    throw new RefusedError(`${path} in the archive is compressed with ${unread}, which is not read`, {
      hint: 'pack it with deflate, as most programs do',
    })
  if (kind === 'folder' && size > 0) throw new RefusedError(`the archive gives content to the folder ${path}`)
  if (method === 0 && size !== compressedSize) throw damaged(`${path} is stored, yet its two sizes differ`)
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(compressedSize)) throw damaged(`${path} has no real size`)
}

/** Entries that share bytes make a small archive endless ("A better zip bomb", USENIX WOOT 2019). */
function refuseOverlaps(entries: readonly ZipEntry[], end: number): void {
  for (const [index, { path, offset, name, compressedSize }] of entries.entries()) {
    const limit = entries[index + 1]?.offset ?? end
    if (offset + 30 + name.length + compressedSize > limit)
      throw new RefusedError(`${path} in the archive overlaps ${entries[index + 1]?.path ?? 'its directory'}`)
  }
}

export function damaged(why: string): RefusedError {
  return new RefusedError(`the archive is damaged: ${why}`)
}

function split(): RefusedError {
  return new RefusedError('the archive is one part of several', { hint: 'join its parts with zip -s 0' })
}
