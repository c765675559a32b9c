import { listSome, type Log, RefusedError } from '@initbox/core'
import { readable } from '../tree/tree-entries.ts'
import type { Tree } from './check-out.ts'
import type { Plan } from './plan.ts'

/** Tells loudly what the repository has and the published folder has not. Throws RefusedError under `--strict`. */
export function reportLeftOut(tree: Tree, plan: Plan, log: Log): readonly string[] {
  const submodules = [...tree.submodules.keys()].map(readable)
  const pointers = tree.pointers.map(readable)
  const notes = [
    ...(submodules.length === 0
      ? []
      : [`submodules are not fetched, their folders are empty: ${listSome(submodules)}`]),
    ...(pointers.length === 0
      ? []
      : [`files of LFS are not fetched, only their pointers are there: ${listSome(pointers)}`]),
  ]
  const missing = tree.missing.map(readable)
  if (missing.length > 0) log.warning(`--sparse names folders that the commit has not: ${listSome(missing)}`)
  const asked = [
    ...(submodules.length === 0 || plan.submodules ? [] : ['--submodules']),
    ...(pointers.length === 0 ? [] : ['--lfs']),
  ]
  const hint = asked.length === 0 ? undefined : `${asked.join(' and ')} would fetch them`
  if (plan.strict && notes.length > 0) throw new RefusedError(`${notes.join('; ')} (--strict)`, { hint })
  for (const note of notes) log.warning(note)
  if (hint !== undefined) log.info(hint)
  return notes
}
