import { RefusedError } from '@initbox/core'

/** What a file of LFS is in the repository: the SHA-256 of its content, hexadecimal, and how many bytes it has. */
export type Pointer = { readonly oid: string; readonly size: number }

/** No pointer is longer (git-lfs, docs/spec.md). */
export const LONGEST_POINTER = 1_024

const first =
  /^version (https:\/\/git-lfs\.github\.com\/spec\/v1|https:\/\/hawser\.github\.com\/spec\/v1|http:\/\/git-media\.io\/v\/2)\n/

/**
 * Parses a pointer (git-lfs, docs/spec.md, "The Pointer"). Undefined for content that is none: git-lfs leaves that as it
 * is. Throws RefusedError with `path` for one with extensions, whose content is not what it names.
 */
export function parsePointer(content: Buffer, path: string): Pointer | undefined {
  if (content.length > LONGEST_POINTER) return undefined
  const text = content.toString('latin1').replaceAll('\r\n', '\n')
  if (!first.test(text)) return undefined
  if (/^ext-\d-/m.test(text)) throw new RefusedError(`${path} goes through an extension of LFS, which is not supported`)
  const [, oid] = /^oid sha256:([\da-f]{64})$/m.exec(text) ?? []
  const [, size] = /^size (\d{1,15})$/m.exec(text) ?? []
  return oid === undefined || size === undefined ? undefined : { oid, size: Number(size) }
}
