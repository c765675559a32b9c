/** An entry of an archive; owner is numeric, mode the permission bits. */
export type TarEntry = {
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
} & (
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly content: Buffer }
  | { readonly kind: 'symlink'; readonly target: string }
)

const block = 512
const widestId = 0o7777777
const typeFlag = { file: '0', symlink: '2', folder: '5' } as const

/** Packs entries as a tar archive for `docker cp -` and `docker import -`; long names take a pax header (POSIX.1-2001 pax). */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path
    const target = entry.kind === 'symlink' ? entry.target : ''
    const content = entry.kind === 'file' ? entry.content : Buffer.alloc(0)
    const long = [
      Buffer.byteLength(path) > 100 ? record('path', path) : '',
      Buffer.byteLength(target) > 100 ? record('linkpath', target) : '',
      entry.uid > widestId ? record('uid', `${entry.uid}`) : '',
      entry.gid > widestId ? record('gid', `${entry.gid}`) : '', // OpenShift's groups are that big
    ].join('')
    const extension = long === '' ? [] : [header('pax', 'x', Buffer.byteLength(long), entry), padded(Buffer.from(long))]
    return [...extension, header(path, typeFlag[entry.kind], content.length, entry, target), padded(content)]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}

/** `length key=value\n`, where length counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (`${length}`.length + Buffer.byteLength(rest) !== length) length = `${length}`.length + Buffer.byteLength(rest)
  return `${length}${rest}`
}

function header(path: string, flag: string, size: number, { mode, uid, gid }: TarEntry, target = ''): Buffer {
  const bytes = Buffer.alloc(block)
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`
  Buffer.from(path).copy(bytes, 0, 0, 100)
  bytes.write(octal(mode, 8), 100)
  bytes.write(octal(Math.min(uid, widestId), 8), 108)
  bytes.write(octal(Math.min(gid, widestId), 8), 116)
  bytes.write(octal(size, 12), 124)
  bytes.write(octal(Math.floor(Date.now() / 1_000), 12), 136)
  bytes.write('        ', 148)
  bytes.write(flag, 156)
  Buffer.from(target).copy(bytes, 157, 0, 100)
  bytes.write('ustar\x0000', 257)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((block - (content.length % block)) % block)])
}
