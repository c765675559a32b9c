/** CRC-16/XMODEM, as Redis Cluster's specification gives it ("Appendix A: CRC16 reference implementation"). */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

const [open, close] = [123, 125]

/** The slot of a key, byte for byte: of what stands between the first `{` and the next `}` where that is anything. */
export function keySlot(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let from = start
  let to = end
  for (let at = start; at < end; at++) {
    if (bytes[at] !== open) continue
    for (let tail = at + 1; tail < end; tail++) {
      if (bytes[tail] !== close) continue
      if (tail > at + 1) {
        from = at + 1
        to = tail
      }
      break
    }
    break
  }
  let crc = 0
  for (let at = from; at < to; at++) {
    crc = ((crc << 8) ^ (table[((crc >> 8) ^ (bytes[at] as number)) & 255] as number)) & 0xffff
  }
  return crc & 0x3fff
}
