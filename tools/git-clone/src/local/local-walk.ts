import { RefusedError } from '@initbox/core'
import { objectType } from '../pack/object-table.ts'
import { taggedObject } from '../tree/commit.ts'
import { entryMode } from '../tree/mode.ts'
import { treeEntries } from '../tree/tree-entries.ts'
import type { LocalObjects } from './local-objects.ts'
import type { LocalRequest } from './local-source.ts'

/** The ids of what a request is about, each once: commits before trees before blobs, so that paths are known on arrival. */
export type Walk = { readonly ids: readonly string[]; readonly shallow: readonly string[] }

/** `borders` are commits whose parents the repository itself has not. */
export function walk(objects: LocalObjects, request: LocalRequest, borders: ReadonlySet<string>): Walk {
  const commits = new Set<string>()
  const others = new Set<string>()
  const trees: string[] = []
  const shallow: string[] = []
  let level: string[] = []
  for (const want of request.wants) {
    const type = objects.typeOf(objects.find(want))
    if (type === objectType.commit) level.push(want)
    else if (type === objectType.tree) trees.push(want)
    else others.add(want)
    if (type === objectType.tag) level.push(...tagged(want, objects, others))
  }
  for (let depth = 1; level.length > 0; depth++) {
    const next: string[] = []
    for (const id of level) {
      if (commits.has(id)) continue
      commits.add(id)
      const { tree, parents } = parsed(objects, id)
      trees.push(tree)
      if (parents.length === 0) continue
      if (borders.has(id) || (request.depth !== undefined && depth >= request.depth)) shallow.push(id)
      else next.push(...parents)
    }
    level = next
  }
  const seen = new Set<string>()
  const blobs = new Set<string>()
  // The last is taken first: the tree of the newest commit should lead.
  trees.reverse()
  for (let tree = trees.pop(); tree !== undefined; tree = trees.pop()) {
    if (seen.has(tree)) continue
    seen.add(tree)
    const { bytes } = objects.read(objects.find(tree))
    const below: string[] = []
    for (const { mode, idAt } of treeEntries(bytes)) {
      if (mode === entryMode.submodule) continue
      const id = bytes.toString('hex', idAt, idAt + 20)
      if (mode === entryMode.folder) below.push(id)
      else if (!request.withoutBlobs) blobs.add(id)
    }
    trees.push(...below.toReversed())
  }
  return { ids: [...others, ...commits, ...seen, ...blobs], shallow }
}

/** The commit of a tag, and the tags on the way to it. */
function tagged(id: string, objects: LocalObjects, tags: Set<string>): string[] {
  let at = id
  for (let depth = 0; depth < 10; depth++) {
    const { type, bytes } = objects.read(objects.find(at))
    if (type === objectType.commit) return [at]
    if (type !== objectType.tag) return []
    tags.add(at)
    at = taggedObject(bytes)
  }
  return []
}

function parsed(objects: LocalObjects, id: string): { readonly tree: string; readonly parents: readonly string[] } {
  const text = objects.read(objects.find(id)).bytes.toString('latin1')
  const end = text.indexOf('\n\n')
  const [, tree] = /^tree ([\da-f]{40})\n/.exec(text) ?? []
  if (tree === undefined) throw new RefusedError(`commit ${id} of the repository names no tree`)
  const head = end === -1 ? text : text.slice(0, end)
  return { tree, parents: [...head.matchAll(/^parent ([\da-f]{40})$/gm)].map(([, parent = '']) => parent) }
}
