import { isUtf8 } from 'node:buffer'
import { RefusedError } from '@initbox/core'
import { block, type TarEntry, type TarKind } from './entry.ts'

const kinds: Readonly<Record<string, TarKind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file', // "contiguous", which nobody implements
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'folder',
}

/** What stands elsewhere, because a header block has no room for it. */
export type Names = { readonly path: string | undefined; readonly target: string | undefined }

/**
 * Reads one header block (POSIX.1-1988 ustar, GNU tar's base-256 numbers). Throws RefusedError when its checksum is
 * wrong: then it is no header at all.
 */
export function readHeader(head: Buffer, names: Names): TarEntry {
  if (!isHeader(head))
    throw new RefusedError('the archive is damaged: an entry begins with something that is no tar header')
  const flag = head.toString('latin1', 156, 157)
  // Not read where it is not used: a name that was cut at 100 bytes may end within a character.
  const path = names.path ?? shortPath(head)
  return {
    path,
    // Before POSIX a folder was a file whose name ends with a slash.
    kind: flag === '\0' && path.endsWith('/') ? 'folder' : (kinds[flag] ?? 'other'),
    flag,
    mode: number(head.subarray(100, 108)) & 0o7777,
    uid: number(head.subarray(108, 116)),
    gid: number(head.subarray(116, 124)),
    size: number(head.subarray(124, 136)),
    mtime: number(head.subarray(136, 148)),
    target: names.target ?? text(head.subarray(157, 257)),
  }
}

function shortPath(head: Buffer): string {
  const isUstar = head.toString('latin1', 257, 263) === 'ustar\0' // GNU's own format keeps times where ustar has the prefix
  const prefix = isUstar ? text(head.subarray(345, 500)) : ''
  const name = text(head.subarray(0, 100))
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Whether a block is a tar header: its checksum, in which the field of the checksum counts as spaces, is right. */
export function isHeader(head: Buffer): boolean {
  if (head.length < block) return false
  const wanted = Number.parseInt(head.toString('latin1', 148, 156).trim(), 8)
  let sum = 8 * 32
  let over = 0
  for (let at = 0; at < block; at++) {
    if (at === 148) at = 156
    const byte = head[at] ?? 0
    sum += byte
    over += byte >> 7
  }
  return wanted === sum || wanted === sum - 256 * over // Old Sun tars added signed bytes.
}

/** Text up to its NUL. Throws RefusedError for bytes that are not UTF-8. */
export function text(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return utf8(end === -1 ? bytes : bytes.subarray(0, end))
}

/** Throws RefusedError for bytes that are not UTF-8. */
export function utf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new RefusedError(`the archive has a name that is not UTF-8: '${bytes.toString('latin1')}'`, {
    hint: 'pack it again on a system whose locale is UTF-8',
  })
}

/** Octal digits, or with the first bit set a big-endian number (GNU tar); what is below zero is zero. */
function number(bytes: Buffer): number {
  const first = bytes[0] ?? 0
  if ((first & 0x80) !== 0) {
    if (first === 0xff) return 0
    return bytes.subarray(1).reduce((value, byte) => value * 256 + byte, first & 0x7f)
  }
  let at = 0
  while (bytes[at] === 0x20) at++
  const from = at
  let value = 0
  for (; isOctal(bytes[at]); at++) value = value * 8 + (bytes[at] ?? 0) - 0x30
  while (bytes[at] === 0x20) at++
  if (bytes[at] === 0 || at === bytes.length) return value
  const rest = bytes.toString('latin1', from)
  throw new RefusedError(`the archive is damaged: '${rest.replace(/\0.*$/s, '').trim()}' is no octal number`)
}

function isOctal(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x37
}
