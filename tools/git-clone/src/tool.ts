import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'git-clone',
  summary: 'writes one commit of a git repository into the volume',
  options,
  check: ({ out, publish, keepGit, history, subpath, submodules, lfs }) => {
    const problems: string[] = []
    if (out?.path === '.' && publish === 'symlink')
      problems.push('--publish symlink needs a folder below the volume, and --out is the volume itself')
    if ((keepGit || history !== undefined) && subpath !== undefined)
      problems.push('--subpath takes a part of the tree, and --keep-git and --history keep a whole repository')
    if ((keepGit || history !== undefined) && (submodules || lfs))
      problems.push('--submodules and --lfs bring files alone, and --keep-git and --history keep a repository')
    return problems
  },
  run,
})
