/** Which part of the tree is wanted. Paths are binary strings. */
export type Selection = {
  /** The folder that becomes the top; empty for the whole tree. */
  readonly top: string
  /** Whether a part of what is below that is left out. */
  readonly isSparse: boolean
  /** Whether a path below that folder is wanted; of a folder, whether anything in it may be. */
  readonly includes: (path: string, isFolder: boolean) => boolean
  /** The same as git's file `info/sparse-checkout` has it; undefined where all is wanted. */
  readonly sparse?: { readonly isCone: boolean; readonly lines: readonly string[] }
  /** Folders that were asked for and have not been seen. */
  readonly missing: () => readonly string[]
}

export const everything: Selection = { top: '', isSparse: false, includes: () => true, missing: () => [] }

/** A folder only. */
export function folderOnly(path: string): Selection {
  return { ...everything, top: Buffer.from(path).toString('latin1') }
}
