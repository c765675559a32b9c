import { isHeader } from './tar/header.ts'

/** What a file is by its first bytes. */
export type Kind = 'tar' | 'zip' | 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'unknown'

/** As many bytes as `kindOf` looks at. */
export const kindBytes = 512

const signatures: readonly (readonly [hex: string, kind: Kind])[] = [
  ['504b0304', 'zip'],
  ['504b0506', 'zip'], // empty
  ['504b0708', 'zip'], // marked as split, in one piece
  ['1f8b08', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['fd377a585a00', 'xz'],
]

/** Known, but not read: for the error. */
const foreign: readonly (readonly [hex: string, name: string])[] = [
  ['377abcaf271c', '7-Zip'],
  ['526172211a07', 'RAR'],
  ['1f9d', 'compress (.Z)'],
  ['04224d18', 'lz4'],
  ['4c5a4950', 'lzip'],
  ['5d000080', 'lzma'],
]

/** The kind of a file by its first `kindBytes` bytes, or all where it has fewer. */
export function kindOf(head: Buffer): Kind {
  const hex = head.toString('hex', 0, 8)
  const found = signatures.find(([signature]) => hex.startsWith(signature))
  if (found !== undefined) return found[1]
  // The level, and the mark of a block or of the end.
  if (/^425a683[1-9](314159|177245)/.test(hex)) return 'bzip2'
  // A skippable frame may come first (RFC 8878 §3.1.2).
  if (/^5.2a4d18/.test(hex)) return 'zstd'
  return isHeader(head) || (head.length >= 512 && head.subarray(0, 512).every((byte) => byte === 0)) ? 'tar' : 'unknown'
}

/** What a file that is none of our kinds seems to be: `HTML`, `RAR`; undefined where nobody knows. */
export function foreignKind(head: Buffer): string | undefined {
  const hex = head.toString('hex', 0, 8)
  const found = foreign.find(([signature]) => hex.startsWith(signature))
  if (found !== undefined) return found[1]
  const text = head
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase()
  if (/^<(!doctype html|html|head|body)\b/.test(text)) return 'HTML'
  if (text.startsWith('<?xml')) return 'XML'
  if (text.startsWith('version https://git-lfs')) return 'a Git LFS pointer'
  return /^[[{]/.test(text) ? 'JSON' : undefined
}
