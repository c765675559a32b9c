import { listSome, type Log, RefusedError } from '@initbox/core'
import { readable } from '../tree/tree-entries.ts'
import type { Tree } from './check-out.ts'
import type { Plan } from './plan.ts'

/** Tells loudly what the repository has and the published folder has not. Throws RefusedError under `--strict`. */
export function reportLeftOut({ checkout }: Tree, { strict }: Plan, log: Log): readonly string[] {
  const paths = [...checkout.submodules.keys()].map(readable)
  if (paths.length === 0) return []
  const note = `submodules are not fetched and their folders are empty: ${listSome(paths)}`
  if (strict) throw new RefusedError(`${note} (--strict)`)
  log.warning(note)
  return [note]
}
