import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'prepare-volume',
  summary: 'makes folders, copies, links and modes in a volume, and checks what it offers',
  examples: [
    ['folders with a mode', 'prepare-volume --folder cache:0770 --folder logs'],
    [
      'writable copies of a ConfigMap, and a link',
      "prepare-volume --copy '/config/*.yaml -> conf' --link 'current -> conf'",
    ],
    ['check that there is room before anything starts', 'prepare-volume check --free 2Gi --writable'],
  ],
  options,
  run,
})
