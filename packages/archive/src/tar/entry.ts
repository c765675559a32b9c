/** What an entry is. Devices, pipes and what nobody knows are 'other'; `flag` of TarEntry tells which. */
export type TarKind = 'file' | 'folder' | 'symlink' | 'hardlink' | 'other'

/** One entry as its headers describe it. Nothing in it can be trusted: see `Tree` for what may be written to a disk. */
export type TarEntry = {
  readonly path: string
  readonly kind: TarKind
  /** The type flag of the header, POSIX.1-2001 pax: `0` a file, `3` a character device … */
  readonly flag: string
  /** The twelve permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970. */
  readonly mtime: number
  readonly size: number
  /** Of a link: where it leads. */
  readonly target: string
}

/** Takes the bytes of one file: `write` as often as there is something, then `end`. */
export type Content = { write(bytes: Buffer): void; end(): void }

export const block = 512

/** As many bytes as must follow `size` bytes to fill the last block. */
export function paddingOf(size: number): number {
  return (block - (size % block)) % block
}
