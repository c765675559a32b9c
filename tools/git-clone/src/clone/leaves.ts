import { lutimesSync } from 'node:fs'
import type { Checkout } from '../checkout/checkout.ts'
import type { Filled } from '../publish/place.ts'
import { LeafList } from '../publish/leaf-list.ts'
import { entryMode } from '../tree/mode.ts'
import type { Plan } from './plan.ts'

/** About as many bytes of garbage as one lstat makes. */
const LSTAT = 1_000

/** Gives all files the time that they shall have, and notes how they were left. */
export function leavesOf(
  { places, files, commit, commitId, isAside }: Checkout,
  { mtime, history }: Plan,
  ids: ReadonlyMap<number, string>,
  collect: (bytes: number) => unknown,
): Filled {
  const leaves = new LeafList()
  const { time = 0, subject = '' } = commit ?? {}
  for (let place = 0; place < places.count; place++) {
    if (places.mode(place) === entryMode.folder || isAside(place)) continue
    const path = places.path(place)
    const at = files.at(path)
    if (mtime === 'commit') lutimesSync(at, time, time)
    leaves.add(path, ids.get(place) ?? places.id(place), at)
    // What an lstat leaves behind.
    collect(LSTAT)
  }
  return { commit: commitId, time, subject, git: history !== undefined, leaves }
}
