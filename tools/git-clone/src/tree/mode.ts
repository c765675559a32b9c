/** The modes that an entry of a tree can have; old repositories know more, which git takes for the nearest of these. */
export const entryMode = {
  folder: 0o40000,
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  submodule: 0o160000,
} as const

export type EntryMode = (typeof entryMode)[keyof typeof entryMode]

/** The mode that git makes of what a tree says: group-writable files of 2005 are plain ones. */
export function canonicalMode(mode: number): EntryMode {
  switch (mode & 0o170000) {
    case 0o40000:
      return entryMode.folder
    case 0o120000:
      return entryMode.symlink
    case 0o160000:
      return entryMode.submodule
    default:
      return mode & 0o100 ? entryMode.executable : entryMode.file
  }
}
