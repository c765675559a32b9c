/** One entry as the central directory describes it. Nothing in it can be trusted: see `Tree` for what may be written. */
export type ZipEntry = {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'symlink' | 'other'
  /** Permission bits; what does not say has 0644 or 0755. */
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
  readonly method: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  /** Where its local header begins in the archive. */
  readonly offset: number
  /** As written, for comparing with the local header. */
  readonly name: Buffer
  readonly flags: number
}

/** What is known of an archive before its content comes. */
export type ZipDirectory = {
  /** In the order in which they lie in the archive. */
  readonly entries: readonly ZipEntry[]
  /** Where the directory begins, which is behind the last entry. */
  readonly start: number
}

/** Methods that are read: stored, deflate, zstd (APPNOTE.TXT 4.4.5). */
export const stored = 0
export const deflated = 8
export const zstd = 93

const others: Readonly<Record<number, string>> = {
  1: 'shrink',
  6: 'implode',
  9: 'deflate64',
  12: 'bzip2',
  14: 'lzma',
  95: 'xz',
  98: 'ppmd',
  99: 'AES encryption',
}

/** The name of a method that is not read, or undefined. */
export function unreadMethod(method: number): string | undefined {
  if (method === stored || method === deflated || method === zstd) return undefined
  return others[method] ?? `method ${method}`
}
