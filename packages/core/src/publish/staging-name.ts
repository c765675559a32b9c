import { shortHash, thisOwner, type Owner } from './owner.ts'

/**
 * What stands under a staging name: a small `file` (there for milliseconds; its owner stages it again when it is gone),
 * something `long` in the making (a tree or a big file), an `old` folder moved aside, or a `version` that a symlink
 * points to.
 */
export type StagingKind = 'file' | 'long' | 'old' | 'version'

export type Staging = {
  /** The staging name itself. */
  readonly entry: string
  readonly kind: StagingKind
  readonly owner: Owner
  /** The destination's name, hashed. */
  readonly destination: string
}

const letters = { file: 'f', long: 'l', old: 'o', version: 'v' } as const
const kinds = { f: 'file', l: 'long', o: 'old', v: 'version' } as const

// kind and process table, pid, start, host, destination, random
const pattern = /^\.initbox-([flov])(\w+)-(\d+)-(\w*)-(\w+)-(\w+)-\w+$/

/** A new name beside the destination `name`; O_EXCL is what makes it ours, so Math.random is random enough. */
export function stagingName(kind: StagingKind, name: string): string {
  const { table, pid, start, host } = thisOwner()
  const random = Math.random().toString(36).slice(2)
  return `.initbox-${letters[kind]}${table}-${pid}-${start}-${host}-${shortHash(name)}-${random}`
}

/** Reads a name that `stagingName` made; undefined for any other. */
export function parseStagingName(entry: string): Staging | undefined {
  const [, letter = '', table = '', pid = '', start = '', host = '', destination = ''] = pattern.exec(entry) ?? []
  if (letter !== 'f' && letter !== 'l' && letter !== 'o' && letter !== 'v') return undefined
  return { entry, kind: kinds[letter], owner: { table, pid: Number(pid), start, host }, destination }
}
