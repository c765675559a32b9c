import { RefusedError } from '@initbox/core'
import { TarReader } from '../tar/reader.ts'
import { partsOf } from './entry-path.ts'
import type { Selection } from './selection.ts'
import type { Tree } from './tree.ts'

/** A reader of a tar archive that writes what is wanted of it into a tree. */
export function tarInto(tree: Tree, select: Selection): TarReader {
  return new TarReader((entry) => {
    const { path, kind, flag, mode, mtime, size, target } = entry
    if (kind === 'folder' && /^[./]*$/.test(path) && !path.includes('..')) return undefined
    const parts = select(partsOf(path))
    if (parts === undefined) return undefined
    switch (kind) {
      case 'folder':
        tree.folder(parts, mode)
        return undefined
      case 'symlink':
        tree.symlink(parts, target)
        return undefined
      case 'hardlink': {
        const linked = select(partsOf(target))
        if (linked === undefined)
          throw new RefusedError(`${path} in the archive is a hard link to ${target}, which is left out`, {
            hint: 'include both or none of them',
          })
        tree.hardlink(parts, linked)
        return undefined
      }
      case 'file':
        return tree.file(parts, { mode, mtime, size })
      case 'other':
        throw new RefusedError(
          `the archive holds ${path} as ${special[flag] ?? `an entry of the unknown type '${flag}'`}`,
          {
            hint: 'leave it out with --exclude',
          },
        )
    }
  })
}

const special: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a named pipe',
}
