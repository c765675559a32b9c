import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'git-clone',
  summary: 'writes one commit of a git repository into the volume',
  options,
  check: ({ out, publish }) =>
    out?.path === '.' && publish === 'symlink'
      ? ['--publish symlink needs a folder below the volume, and --out is the volume itself']
      : [],
  run,
})
