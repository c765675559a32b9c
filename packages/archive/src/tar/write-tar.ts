import { block, paddingOf } from './entry.ts'

/** An entry to write; `mode` is the permission bits. */
export type NewEntry = {
  readonly path: string
  readonly mode: number
  readonly uid?: number
  readonly gid?: number
  /** Seconds since 1970, 0 unless given: the same entries give the same bytes. */
  readonly mtime?: number
} & (
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly content: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'hardlink'; readonly target: string }
)

const typeFlag = { file: '0', hardlink: '1', symlink: '2', folder: '5' } as const
const widestId = 0o7777777

/**
 * Packs entries in the order given: POSIX.1-1988 ustar, with a pax header (POSIX.1-2001) for what does not fit into it,
 * such as a long name or one of OpenShift's groups.
 */
export function writeTar(entries: readonly NewEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path
    const target = entry.kind === 'symlink' || entry.kind === 'hardlink' ? entry.target : ''
    const content = entry.kind === 'file' ? entry.content : Buffer.alloc(0)
    const { uid = 0, gid = 0 } = entry
    const place = splitPath(path)
    const long = [
      place === undefined ? record('path', path) : '',
      Buffer.byteLength(target) > 100 ? record('linkpath', target) : '',
      uid > widestId ? record('uid', `${uid}`) : '',
      gid > widestId ? record('gid', `${gid}`) : '',
    ].join('')
    const pax = { name: 'pax', prefix: '' }
    const extension =
      long === '' ? [] : [header(entry, pax, 'x', Buffer.byteLength(long), ''), padded(Buffer.from(long))]
    const flag = typeFlag[entry.kind]
    return [
      ...extension,
      header(entry, place ?? { name: path, prefix: '' }, flag, content.length, target),
      padded(content),
    ]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}

/** Whether a path (with a slash behind it if it is a folder's) needs no pax header. */
export function fitsUstar(path: string): boolean {
  return splitPath(path) !== undefined
}

type Place = { readonly name: string; readonly prefix: string }

/** Undefined where ustar cannot carry a path: 100 bytes, or 155 and 100 with a slash between them. */
function splitPath(path: string): Place | undefined {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix }
  }
  return undefined
}

/** `length key=value\n`, where length counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (`${length}`.length + Buffer.byteLength(rest) !== length) length = `${length}`.length + Buffer.byteLength(rest)
  return `${length}${rest}`
}

function header(entry: NewEntry, { name, prefix }: Place, flag: string, size: number, target: string): Buffer {
  const bytes = Buffer.alloc(block)
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0')
  Buffer.from(name).copy(bytes, 0, 0, 100)
  bytes.write(octal(entry.mode, 8), 100)
  bytes.write(octal(Math.min(entry.uid ?? 0, widestId), 8), 108)
  bytes.write(octal(Math.min(entry.gid ?? 0, widestId), 8), 116)
  bytes.write(octal(size, 12), 124)
  bytes.write(octal(entry.mtime ?? 0, 12), 136)
  bytes.write(flag, 156)
  Buffer.from(target).copy(bytes, 157, 0, 100)
  bytes.write('ustar\x0000', 257, 'latin1')
  bytes.write(prefix, 345)
  bytes.fill(' ', 148, 156) // the checksum counts its own field as spaces
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

function padded(content: Uint8Array): Buffer {
  return Buffer.concat([content, Buffer.alloc(paddingOf(content.length))])
}
