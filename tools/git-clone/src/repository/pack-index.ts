import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ID, type ObjectTable } from '../pack/object-table.ts'
import { readPack } from '../pack/pack-file.ts'

/** Offsets from here on stand in a table of their own. */
const LARGE = 2 ** 31

/**
 * The index of a pack (gitformat-pack, "Version 2 pack-*.idx files"), of what our engine learned of its objects as they
 * came. isomorphic-git would read the whole pack into memory for it and inflate it a second time.
 */
export function packIndex(table: ObjectTable, pack: string): Buffer {
  const { count, ids } = table
  const at = (index: number): number => index * ID
  const order = Uint32Array.from({ length: count }, (_, index) => index).toSorted((a, b) =>
    ids.compare(ids, at(b), at(b) + ID, at(a), at(a) + ID),
  )
  const large = order.filter((index) => table.offset(index) >= LARGE)
  const { sums, checksum } = sumsOf(table, pack)
  const bytes = Buffer.alloc(8 + 256 * 4 + count * (ID + 8) + large.length * 8 + 2 * 20)
  bytes.write('ff744f6300000002', 0, 'hex')
  for (const index of order) {
    const slot = 8 + (ids[at(index)] ?? 0) * 4
    bytes.writeUInt32BE(bytes.readUInt32BE(slot) + 1, slot)
  }
  for (let byte = 1; byte < 256; byte++)
    bytes.writeUInt32BE(bytes.readUInt32BE(4 + byte * 4) + bytes.readUInt32BE(8 + byte * 4), 8 + byte * 4)
  const columns = { ids: 8 + 256 * 4, sums: 8 + 256 * 4 + count * ID, offsets: 8 + 256 * 4 + count * (ID + 4) }
  let next = columns.offsets + count * 4
  for (const [row, index] of order.entries()) {
    ids.copy(bytes, columns.ids + row * ID, at(index), at(index) + ID)
    bytes.writeUInt32BE(sums[index] ?? 0, columns.sums + row * 4)
    const offset = table.offset(index)
    if (offset >= LARGE) {
      const entry = (next - columns.offsets - count * 4) / 8
      bytes.writeUInt32BE(LARGE + entry, columns.offsets + row * 4)
      bytes.writeBigUInt64BE(BigInt(offset), next)
      next += 8
    } else bytes.writeUInt32BE(offset, columns.offsets + row * 4)
  }
  checksum.copy(bytes, next)
  createHash('sha1')
    .update(bytes.subarray(0, next + 20))
    .digest()
    .copy(bytes, next + 20)
  return bytes
}

/** The CRC-32 of each object as it lies in the pack, and the pack's own checksum. */
function sumsOf(table: ObjectTable, pack: string): { readonly sums: Uint32Array; readonly checksum: Buffer } {
  const sums = new Uint32Array(table.count)
  return readPack(pack, (size, pieces) => {
    const end = size - 20
    const endOf = (index: number): number => (index + 1 < table.count ? table.offset(index + 1) : end)
    let index = 0
    let position = table.count === 0 ? end : table.offset(0)
    for (const piece of pieces(position, end))
      for (let from = 0; from < piece.length;) {
        const to = Math.min(piece.length, from + endOf(index) - position)
        sums[index] = crc32(piece.subarray(from, to), sums[index])
        position += to - from
        from = to
        if (position === endOf(index)) index++
      }
    const [checksum = Buffer.alloc(20)] = [...pieces(end, size)].map((piece) => Buffer.from(piece))
    return { sums, checksum }
  })
}
