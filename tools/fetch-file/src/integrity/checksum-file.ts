import { isText, listSome, NotFoundError, RefusedError } from '@initbox/core'

/** A digest in lower-case hex, and the name that it is for; a file with nothing but a digest has no name. */
export type Checksum = { readonly hex: string; readonly name: string | undefined }

const digits = { sha256: 64, sha512: 128 } as const

/**
 * The digests of one kind in a checksum file: what sha256sum writes (`HEX  name`, `HEX *name`, and `\HEX  name` where a name
 * has backslashes or line ends), with `--tag`, BSD's sha256 and openssl (`SHA256 (name) = HEX`), or just a digest. Other lines,
 * such as comments, digests of another kind and a signature around all, are passed over. Throws RefusedError where nothing is
 * left.
 */
export function parseChecksums(bytes: Buffer, kind: keyof typeof digits, source: string): Checksum[] {
  const hex = `[0-9a-fA-F]{${digits[kind]}}`
  const plain = new RegExp(`^(\\\\?)(${hex})(?:\\s+\\*?(.+))?$`)
  const tagged = new RegExp(`^(\\\\?)(?:${kind}|SHA2-${kind.slice(3)}) ?\\((.+)\\) ?= (${hex})$`, 'i')
  const checksums = decode(bytes, source)
    .split(/\r?\n/)
    .flatMap((line): Checksum[] => {
      const text = line.trimEnd()
      const [, tagEscape, tagName, tagHex] = tagged.exec(text) ?? []
      const [, escape = tagEscape, digest = tagHex, name = tagName] = plain.exec(text) ?? []
      if (digest === undefined) return []
      return [{ hex: digest.toLowerCase(), name: escape === '\\' ? unescape(name ?? '') : name }]
    })
  if (checksums.length === 0)
    throw new RefusedError(`${source} has no ${kind} of any file`, {
      hint: `a line is like sha256sum's: the digest, spaces, a name; or just the digest`,
    })
  return checksums
}

/**
 * The digest of the file at `path`, which is below the checksum file's folder or named by its last part alone; `alias` is what
 * it is called here. Throws NotFoundError, and RefusedError where several of one name differ.
 */
export function pickChecksum(
  checksums: readonly Checksum[],
  { path, alias }: { readonly path: string; readonly alias: string },
  source: string,
): string {
  const named = checksums.map(({ hex, name }) => ({ hex, path: name?.replace(/^(\.?\/)+/, '') }))
  const [first] = named
  if (first !== undefined && named.length === 1 && (first.path === undefined || first.path === '-')) return first.hex
  const matches = [path, alias]
    .map((wanted) => {
      const exact = named.filter((each) => each.path === wanted)
      return exact.length > 0 ? exact : named.filter((each) => lastOf(each.path ?? '') === lastOf(wanted))
    })
    .find((found) => found.length > 0)
  const [match] = matches ?? []
  if (matches === undefined || match === undefined)
    throw new NotFoundError(`${source} does not list ${lastOf(path)}`, {
      hint: `it lists ${listSome(named.map((each) => each.path ?? 'a digest without a name'))}`,
    })
  if (matches.some(({ hex }) => hex !== match.hex))
    throw new RefusedError(`${source} lists several of the name ${lastOf(path)} with different digests`, {
      hint: 'give the digest of the one that is meant: #sha256=…',
    })
  return match.hex
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** GNU coreutils, "cksum invocation": a leading backslash says that the name has these. */
function unescape(name: string): string {
  const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' }
  return name.replaceAll(/\\([nr\\])/g, (_all, letter: string) => letters[letter] ?? letter)
}

/** UTF-8; or UTF-16 with its mark, as Windows' own shell writes it. */
function decode(bytes: Buffer, source: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2)
  if (!isText(bytes)) throw new RefusedError(`${source} is no checksum file: it is not text`)
  return bytes.toString().replace(/^\ufeff/, '')
}
