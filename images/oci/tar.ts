/** One file system entry of an image layer; owner root, time 0. `path` is relative to `/`, `mode` holds the permission bits. */
export type Entry = { readonly path: string; readonly mode: number } & (
  | { readonly type: 'file'; readonly content: Uint8Array }
  | { readonly type: 'folder' }
  | { readonly type: 'link'; readonly target: string }
)

const BLOCK = 512
const typeFlag = { file: '0', link: '2', folder: '5' } as const

/**
 * Packs entries into an uncompressed tar archive (POSIX.1-1988 ustar) whose bytes depend on the entries alone:
 * sorted, missing parent folders added as 0755. Throws where ustar cannot carry a path (100 + 155 bytes).
 */
export function packTar(entries: readonly Entry[]): Buffer {
  const parts: Uint8Array[] = []
  for (const entry of complete(entries)) {
    const content = entry.type === 'file' ? entry.content : new Uint8Array()
    parts.push(header(entry, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1)))
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

/** The entries sorted by path, each with all of its parent folders before it; throws when two share a path. */
export function complete(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>()
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw new Error(`two entries want ${entry.path}`)
    byPath.set(entry.path, entry)
  }
  for (const { path } of entries) {
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      const parent = path.slice(0, at)
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, mode: 0o755, type: 'folder' })
    }
  }
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function header(entry: Entry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const { name, prefix } = splitPath(entry.type === 'folder' ? `${entry.path}/` : entry.path)
  const octal = (value: number, width: number, at: number) =>
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'ascii')
  block.write(name, 0)
  octal(entry.mode, 8, 100)
  octal(0, 8, 108) // uid
  octal(0, 8, 116) // gid
  octal(size, 12, 124)
  octal(0, 12, 136) // mtime
  block.write(typeFlag[entry.type], 156)
  if (entry.type === 'link') block.write(entry.target, 157)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(prefix, 345)
  block.fill(' ', 148, 156) // the checksum counts its own field as spaces
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix }
  }
  throw new Error(`path too long for a ustar archive: ${path}`)
}
