/** Characters that HFS+ leaves out when it compares names, as git's own `is_hfs_dotgit` lists them. */
const ignored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** Names that begin with anything else cannot be `.git` in any spelling. */
const maybeGit = /^(\.|git|\xe2|\xef)/i

/** A unit of systemd, in whose name `-` is `\x2d` (systemd.unit(5)): where a backslash parts folders, all of them are plain names. */
const unit = /^(?![a-z]:)[a-z\d_@][\w:.@-]*(?:\\x[\da-f]{2}[\w:.@-]*)+$/i

/**
 * Why an entry of this name (a binary string) must not be written, or undefined. It is refused in every spelling that
 * some file system takes for `.git`, since the volume may be any.
 */
export function unsafeName(name: string): string | undefined {
  if (name === '') return 'an empty name'
  if (name === '.' || name === '..') return `'${name}' as a name`
  if (name.includes('/')) return 'a slash in a name'
  if (name.includes('\\') && !unit.test(name)) return 'a backslash in a name'
  if (/^[a-z]:$/i.test(name)) return 'a drive letter'
  if (maybeGit.test(name) && isGit(name)) return `a name that some file system takes for '.git'`
  return undefined
}

function isGit(name: string): boolean {
  const plain = Buffer.from(name, 'latin1').toString('utf8').replace(ignored, '')
  // NTFS: trailing dots and spaces do not count, a colon begins a stream, and there is a short name.
  return /^(\.git|git~1)[ .]*(:.*)?$/i.test(plain)
}
