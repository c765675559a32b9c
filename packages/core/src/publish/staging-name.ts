import { shortHash, thisOwner, type Owner } from './owner.ts'

/**
 * What stands under a staging name: a small `file` (there for milliseconds; its owner stages it again when it is gone),
 * something `long` in the making (a tree or a big file), an `old` folder moved aside, a `version` that a symlink
 * points to, or a `partial` file or `tree` that a later run goes on with, and the `note` that tells what it is a part of.
 */
export type StagingKind = 'file' | 'long' | 'old' | 'version' | 'partial' | 'tree' | 'note'

export type Staging = {
  /** The staging name itself. */
  readonly entry: string
  readonly kind: StagingKind
  readonly owner: Owner
  /** The destination's name, hashed. */
  readonly destination: string
}

const letters = { file: 'f', long: 'l', old: 'o', version: 'v', partial: 'p', tree: 't', note: 'n' } as const
const kinds = { f: 'file', l: 'long', o: 'old', v: 'version', p: 'partial', t: 'tree', n: 'note' } as const

// kind and process table, pid, start, host, destination, random
const pattern = /^\.initbox-([flovptn])(\w+)-(\d+)-(\w*)-(\w+)-(\w+)-\w+$/

/** A new name beside the destination `name`; O_EXCL is what makes it ours, so Math.random is random enough. */
export function stagingName(kind: StagingKind, name: string): string {
  const { table, pid, start, host } = thisOwner()
  const random = Math.random().toString(36).slice(2)
  return `.initbox-${letters[kind]}${table}-${pid}-${start}-${host}-${shortHash(name)}-${random}`
}

/** Reads a name that `stagingName` made; undefined for any other. */
export function parseStagingName(entry: string): Staging | undefined {
  const [, letter = '', table = '', pid = '', start = '', host = '', destination = ''] = pattern.exec(entry) ?? []
  if (!isLetter(letter)) return undefined
  return { entry, kind: kinds[letter], owner: { table, pid: Number(pid), start, host }, destination }
}

function isLetter(text: string): text is keyof typeof kinds {
  return Object.hasOwn(kinds, text)
}
