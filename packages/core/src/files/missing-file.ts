import { readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { nearest } from '../options/nearest.ts'

/** As many names as a person reads. */
const most = 5

/** What the person on call would look at next when a file is not there: is its folder, and what does that hold? */
export function missingFileHint(path: string): string {
  const folder = dirname(resolve(path))
  const name = basename(path)
  const names = namesIn(folder)
  if (names === undefined) return `there is no folder ${folder} either, is its volume mounted in this container?`
  if (names.includes(name)) return 'it is a symlink to something that is not there'
  const near = nearest(name, names)
  if (near !== undefined) return `did you mean ${join(dirname(path), near)}?`
  if (names.length === 0) return `${folder} is empty, is the right volume mounted there?`
  const rest = names.length > most ? ` and ${names.length - most} more` : ''
  return `${folder} holds ${names.slice(0, most).join(', ')}${rest}`
}

/** Without what is hidden: the kubelet's own links, and our staging files. */
function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .toSorted()
  } catch {
    return undefined
  }
}
