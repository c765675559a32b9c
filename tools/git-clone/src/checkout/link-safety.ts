import { RefusedError } from '@initbox/core'
import { readable } from '../tree/tree-entries.ts'

/** As many symlinks as Linux follows in one path, path_resolution(7). */
const MOST_LINKS = 40

/** The symlinks of a tree: path to target, both binary strings. */
export type Links = ReadonlyMap<string, string>

/**
 * Refuses a symlink that leads out of the tree, whichever others it leads through on the way. One that leads nowhere is
 * harmless. Throws RefusedError.
 */
export function refuseEscaping(links: Links): void {
  for (const [path, target] of links) {
    if (!escapes(path, target, links)) continue
    throw new RefusedError(`the symlink ${readable(path)} leads out of the folder, to ${readable(target)}`, {
      hint: 'if that is meant, allow it with --allow-escaping-symlinks',
    })
  }
}

function escapes(path: string, target: string, links: Links): boolean {
  if (target.startsWith('/')) return true
  const behind = path.split('/').slice(0, -1)
  const ahead = target.split('/').toReversed()
  let followed = 1
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (behind.pop() === undefined) return true
      continue
    }
    behind.push(part)
    const next = links.get(behind.join('/'))
    if (next === undefined) continue
    // A loop leads nowhere.
    if (++followed > MOST_LINKS) return false
    if (next.startsWith('/')) return true
    behind.pop()
    ahead.push(...next.split('/').toReversed())
  }
  return false
}
