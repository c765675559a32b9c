/** An entry as `docker cp … -` sends it. */
export type ReadEntry = {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'symlink' | 'other'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly content: Buffer
  readonly target: string
}

const block = 512
const kinds: Readonly<Record<string, ReadEntry['kind']>> = { '0': 'file', '\0': 'file', '2': 'symlink', '5': 'folder' }

/** Unpacks a tar archive in memory: ustar with pax headers and GNU base-256 numbers, which is what Go's archive/tar writes. */
export function readTar(archive: Buffer): readonly ReadEntry[] {
  const entries: ReadEntry[] = []
  let extended = new Map<string, string>()
  for (let offset = 0; offset + block <= archive.length && archive[offset] !== 0;) {
    const head = archive.subarray(offset, offset + block)
    const flag = head.toString('latin1', 156, 157)
    const size = Number(extended.get('size') ?? number(head.subarray(124, 136)))
    const content = archive.subarray(offset + block, offset + block + size)
    offset += block + Math.ceil(size / block) * block
    if (flag === 'x') {
      extended = paxRecords(content)
      continue
    }
    const prefix = string(head.subarray(345, 500))
    const name = string(head.subarray(0, 100))
    entries.push({
      path: extended.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`),
      kind: kinds[flag] ?? 'other',
      mode: number(head.subarray(100, 108)),
      uid: Number(extended.get('uid') ?? number(head.subarray(108, 116))),
      gid: Number(extended.get('gid') ?? number(head.subarray(116, 124))),
      content,
      target: extended.get('linkpath') ?? string(head.subarray(157, 257)),
    })
    extended = new Map()
  }
  return entries
}

function string(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}

function number(bytes: Buffer): number {
  if (((bytes[0] ?? 0) & 0x80) !== 0) return bytes.subarray(1).reduce((value, byte) => value * 256 + byte, 0)
  return Number.parseInt(string(bytes).trim() || '0', 8)
}

function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  for (let offset = 0; offset < content.length;) {
    const space = content.indexOf(' ', offset)
    const length = Number(content.toString('latin1', offset, space))
    if (space === -1 || !(length > 0)) break
    const [key = '', ...value] = content.toString('utf8', space + 1, offset + length - 1).split('=')
    records.set(key, value.join('='))
    offset += length
  }
  return records
}
