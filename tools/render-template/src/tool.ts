import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'render-template',
  summary: 'renders text templates from the environment and from files of the volume',
  options,
  check: ({ in: path, template }) => {
    if (path === undefined && template === undefined) return ['--in or --template is missing']
    if (path !== undefined && template !== undefined) return ['--in and --template exclude each other']
    return []
  },
  run,
})
