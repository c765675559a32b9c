/** The extra fields of an entry by their ids (APPNOTE.TXT 4.5); what is malformed is left out, as all programs do. */
export function extraFields(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>()
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt16LE(at + 2)
    if (end > bytes.length) break
    fields.set(bytes.readUInt16LE(at), bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}

/** 64 bits; Infinity where that is no whole number of JavaScript's. */
export function readWide(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at))
  return Number.isSafeInteger(value) ? value : Infinity
}

/** Seconds since 1970: Info-ZIP's extended timestamp or its old one of Unix, or MS-DOS's, whose time zone nobody knows. */
export function localTime(extended: Buffer | undefined, unix: Buffer | undefined, time: number, date: number): number {
  if (extended !== undefined && extended.length >= 5 && ((extended[0] ?? 0) & 1) !== 0)
    return Math.max(0, extended.readInt32LE(1))
  if (unix !== undefined && unix.length >= 8) return Math.max(0, unix.readInt32LE(4))
  const month = Math.max(1, (date >> 5) & 15)
  return Math.max(
    0,
    Date.UTC(1980 + (date >> 9), month - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1_000,
  )
}
