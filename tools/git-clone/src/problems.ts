import type { Values } from '@initbox/core'
import type { options } from './options.ts'

/** What is wrong between options that are each right alone. */
export function problemsOf(values: Omit<Values<typeof options>, 'repo'>): readonly string[] {
  const { out, publish, keepGit, history, subpath } = values
  const isKept = keepGit || history !== undefined
  const problems: string[] = []
  if (out?.path === '.' && publish === 'symlink')
    problems.push('--publish symlink needs a folder below the volume, and --out is the volume itself')
  if (isKept && subpath !== undefined)
    problems.push(
      '--subpath takes a folder out of the repository: leave out --keep-git and --history, or take the folder under its own path with --sparse',
    )
  return problems
}
