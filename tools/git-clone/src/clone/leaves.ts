import { lutimesSync } from 'node:fs'
import type { Checkout } from '../checkout/checkout.ts'
import type { Filled } from '../publish/place.ts'
import { leafOf, type Leaf } from '../publish/tree-list.ts'
import { entryMode } from '../tree/mode.ts'
import type { Plan } from './plan.ts'

/** Gives all files the time that they shall have, and notes how they were left. */
export function leavesOf(
  { places, files, commit, commitId, isAside }: Checkout,
  { mtime }: Plan,
  ids: ReadonlyMap<number, string>,
): Filled {
  const leaves: Leaf[] = []
  const { time = 0, subject = '' } = commit ?? {}
  for (let place = 0; place < places.count; place++) {
    if (places.mode(place) === entryMode.folder || isAside(place)) continue
    const path = places.path(place)
    const at = files.at(path)
    if (mtime === 'commit') lutimesSync(at, time, time)
    leaves.push(leafOf(path, ids.get(place) ?? places.id(place), at))
  }
  return { commit: commitId, time, subject, leaves }
}
