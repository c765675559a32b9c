import { RefusedError } from '@initbox/core'
import type { Selection } from '../checkout/selection.ts'
import type { ObjectStore } from '../pack/object-store.ts'
import { ID } from '../pack/object-table.ts'
import { unsafeName } from '../tree/entry-name.ts'
import { entryMode } from '../tree/mode.ts'
import { readable, treeEntries } from '../tree/tree-entries.ts'
import type { Tracked } from './index-file.ts'

export type LeftOutSettings = {
  readonly store: ObjectStore
  /** The id of the commit's tree, hexadecimal. */
  readonly root: string
  readonly selection: Selection
  readonly maxFiles: number
  /** Called for each folder; may throw. */
  readonly grown: () => void
}

/** The files of a commit that a sparse checkout has not: git's index knows them too. Throws RefusedError for a hostile tree. */
export function leftOut({ store, root, selection, maxFiles, grown }: LeftOutSettings): Tracked[] {
  const found: Tracked[] = []
  let count = 0
  const ahead: { readonly path: string; readonly id: Buffer }[] = [{ path: '', id: Buffer.from(root, 'hex') }]
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const { path: above, id } = next
    const index = store.table.find(id, 0)
    if (index === -1) throw new RefusedError(`the server did not send ${readable(above) || 'the top folder'}`)
    const bytes = store.named(index)
    grown()
    for (const { name, mode, idAt } of treeEntries(bytes)) {
      const path = above === '' ? name : `${above}/${name}`
      const reason = unsafeName(name)
      if (reason !== undefined) throw new RefusedError(`the repository is hostile: ${readable(path)} has ${reason}`)
      if (++count > maxFiles)
        throw new RefusedError(`the repository has more than ${maxFiles} files and folders`, {
          hint: 'raise --max-files',
        })
      const own = bytes.subarray(idAt, idAt + ID)
      if (mode === entryMode.folder) ahead.push({ path, id: own })
      else if (!selection.includes(path, false)) found.push({ path, mode, id: own.toString('hex'), isLeftOut: true })
    }
  }
  return found
}
