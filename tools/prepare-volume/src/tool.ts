import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'prepare-volume',
  summary: 'makes folders, copies, links and modes in a volume, and checks what it offers',
  options,
  run,
})
