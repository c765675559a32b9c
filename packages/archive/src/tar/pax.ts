import { RefusedError } from '@initbox/core'
import type { TarEntry } from './entry.ts'
import { utf8 } from './header.ts'

/** Records that say more of the next entry than its header can. */
export type PaxRecords = ReadonlyMap<string, string>

/** Parses `length key=value\n` records (POSIX.1-2001 pax, Extended Header). Throws RefusedError where they are none. */
export function readPax(content: Buffer): PaxRecords {
  const records = new Map<string, string>()
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const digits = space === -1 || space - at > 10 ? '' : content.toString('latin1', at, space)
    const end = at + Number(digits)
    const equals = content.indexOf(0x3d, space)
    if (
      !/^[1-9]\d*$/.test(digits) ||
      end > content.length ||
      equals === -1 ||
      equals >= end ||
      content[end - 1] !== 0x0a
    )
      throw new RefusedError('the archive is damaged: a pax header is not made of records')
    const key = content.toString('latin1', space + 1, equals)
    const value = content.subarray(equals + 1, end - 1)
    records.set(key, wanted.has(key) ? utf8(value) : value.toString('latin1'))
    at = end
  }
  return records
}

/** Keys that change what an entry is; all others (owners' names, extended attributes, comments) are nothing to us. */
const wanted = new Set(['path', 'linkpath', 'size', 'uid', 'gid', 'mtime'])

/** What one entry is together with its records; its names are read already. Throws RefusedError for what cannot be, and for sparse files. */
export function withRecords(entry: TarEntry, records: PaxRecords): TarEntry {
  if (records.size === 0) return entry
  const { path, target } = entry
  for (const key of records.keys())
    if (key.startsWith('GNU.sparse.'))
      throw new RefusedError(`the archive holds a sparse file, ${path}`, { hint: 'pack it without --sparse' })
  if (path.includes('\0') || target.includes('\0'))
    throw new RefusedError(`the archive has a name with a NUL byte: '${path}'`)
  return {
    ...entry,
    size: whole(records, 'size') ?? entry.size,
    uid: whole(records, 'uid') ?? entry.uid,
    gid: whole(records, 'gid') ?? entry.gid,
    mtime: Math.max(0, Math.floor(Number(records.get('mtime') ?? entry.mtime)) || 0),
  }
}

function whole(records: PaxRecords, key: string): number | undefined {
  const digits = records.get(key)
  if (digits === undefined) return undefined
  if (!/^\d{1,15}$/.test(digits)) throw new RefusedError(`the archive is damaged: '${digits}' is no ${key}`)
  return Number(digits)
}
