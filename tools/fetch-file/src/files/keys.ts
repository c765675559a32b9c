import { compileGlob, type Parts, partsOf } from '@initbox/archive'
import { option } from '@initbox/core'
import { parseKeyOption } from '../integrity/minisign.ts'

/** A pattern, and what it matches. */
export type Glob = { readonly text: string; readonly matches: (path: string) => boolean }

const glob = option.of('glob', (text): Glob => ({ text, matches: compileGlob(text) }))

/** What can be said of each file behind `#`, and of all of them by flag. */
export const fileKeys = {
  unpack: option.boolean({
    help: 'Unpack it (tar, zip, gzip, zstd, xz, bzip2, told by its bytes); OUT is a folder then',
  }),
  strip: option.integer({
    min: 0,
    max: 128,
    help: 'Leading folders to take off the names in an archive; 0 unless given',
  }),
  include: option.list(
    glob({ help: 'Unpack only what matches, by the names in the archive; also of folders in buckets' }),
  ),
  exclude: option.list(glob({ help: 'Leave out what matches' })),
  subpath: option.of('path', (text): Parts => subpath(text))({
    help: 'Unpack only what lies in this folder of the archive',
  }),
  mode: option.mode({ help: "Permissions of the files; 0644, or the archive's own, unless given" }),
  spool: option.boolean({ help: 'Download an archive to the volume first, so that the next start goes on with it' }),
  publicKey: option.of(
    'key|path',
    parseKeyOption,
  )({ help: "Public key of minisign, or the file of one or of cosign's: what is fetched must be signed by it" }),
}

/** What can be said of one file only. */
export const ownKeys = {
  sha256From: option.string({
    help: 'Where its SHA-256 stands: a URL, SHA256SUMS beside it, or .sha256 behind its name',
  }),
  sha512From: option.string({ help: 'The same for SHA-512' }),
  minisign: option.string({ help: 'Where its signature is, unless in .minisig behind its name' }),
  cosign: option.string({ help: "The same for cosign's, unless in .sig; also a bundle" }),
  mirror: option.list(
    option.string({ help: 'Another URL of the same file, for when this one fails; its digest must be known' }),
  ),
  file: option.string({ help: 'oci://: the file of the artifact, by its title or digest' }),
  platform: option.string({ help: "oci://: what to take of an index, as linux/arm64; this machine's unless given" }),
  tokenEnv: option.string({
    help: 'Variable with the bearer token for this file; with _FILE added, the one that names its file',
  }),
}

function subpath(text: string): Parts {
  const parts = partsOf(text.replace(/^\/+/, ''))
  if (parts.length === 0) throw new Error('must name a folder')
  return parts
}
