import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

/** An object of git, for tests. */
export type GitObject = { readonly type: 'commit' | 'tree' | 'blob' | 'tag'; readonly content: Buffer }

/** An entry of a tree: mode in octal digits, name, and what it names (or a bare id). */
export type Entry = readonly [mode: string, name: string | Buffer, object: GitObject | string]

export function idOf({ type, content }: GitObject): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
}

export const blob = (content: string | Buffer): GitObject => ({ type: 'blob', content: Buffer.from(content) })

export function tree(...entries: readonly Entry[]): GitObject {
  const content = entries.flatMap(([mode, name, object]) => [
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.from([0]),
    Buffer.from(typeof object === 'string' ? object : idOf(object), 'hex'),
  ])
  return { type: 'tree', content: Buffer.concat(content) }
}

export function commit(root: GitObject, subject = 'first'): GitObject {
  const who = 'A <a@example.test> 1700000000 +0000'
  return { type: 'commit', content: Buffer.from(`tree ${idOf(root)}\nauthor ${who}\ncommitter ${who}\n\n${subject}\n`) }
}

export function tag(of: GitObject): GitObject {
  return { type: 'tag', content: Buffer.from(`object ${idOf(of)}\ntype ${of.type}\ntag v1\n\nfirst\n`) }
}

const types = { commit: 1, tree: 2, blob: 3, tag: 4 } as const

/** The head of an entry of a pack. */
export function packHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128
    bytes.push(rest & 127)
  }
  return Buffer.from(bytes)
}

export function whole({ type, content }: GitObject, size = content.length): Buffer {
  return Buffer.concat([packHead(types[type], size), deflateSync(content)])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.from(bytes)
}

/** A delta that takes what is equal at the start from its base and inserts the rest. */
export function deltaOf(base: Buffer, result: Buffer): Buffer {
  let same = 0
  while (same < Math.min(base.length, result.length) && base[same] === result[same]) same++
  const parts = [varint(base.length), varint(result.length)]
  for (let at = 0; at < same; at += 0x10000) {
    const size = Math.min(0x10000, same - at)
    const bytes = [at & 255, (at >> 8) & 255, (at >> 16) & 255, (at >> 24) & 255]
    parts.push(Buffer.from([0x80 | 0x0f | 0x30, ...bytes, size & 255, (size >> 8) & 255]))
  }
  for (let at = same; at < result.length; at += 127) {
    const piece = result.subarray(at, at + 127)
    parts.push(Buffer.from([piece.length]), piece)
  }
  return Buffer.concat(parts)
}

/** An object as a delta of another, which is named by its id. */
export function refDelta(base: GitObject, object: GitObject, delta = deltaOf(base.content, object.content)): Buffer {
  return Buffer.concat([packHead(7, delta.length), Buffer.from(idOf(base), 'hex'), deflateSync(delta)])
}

/** A whole pack of entries; `count` may lie. */
export function pack(entries: readonly Buffer[], count = entries.length): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  head.writeUInt32BE(count, 8)
  const bytes = Buffer.concat([head, ...entries])
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()])
}
