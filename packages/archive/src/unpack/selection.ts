import type { Parts } from './entry-path.ts'

export type SelectionSettings = {
  /** Only what matches one of them; all where there is none. Matched against the names that the archive has. */
  readonly include?: readonly ((path: string) => boolean)[]
  readonly exclude?: readonly ((path: string) => boolean)[]
  /** Only what is below this folder, without its name. */
  readonly subpath?: Parts
  /** So many leading folders are taken off, and what has no more name then is left out. */
  readonly strip?: number
}

/** Where an entry goes, or undefined where it is not wanted. */
export type Selection = (parts: Parts) => Parts | undefined

/** What of an archive is wanted, and under which names. */
export function selection({ include = [], exclude = [], subpath = [], strip = 0 }: SelectionSettings): Selection {
  return (parts) => {
    if (include.length > 0 || exclude.length > 0) {
      const path = parts.join('/')
      if (include.length > 0 && !include.some((matches) => matches(path))) return undefined
      if (exclude.some((matches) => matches(path))) return undefined
    }
    if (subpath.some((part, index) => part !== parts[index])) return undefined
    const rest = parts.slice(subpath.length + strip)
    return rest.length === 0 ? undefined : rest
  }
}
