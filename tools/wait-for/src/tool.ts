import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'wait-for',
  summary: 'waits until services are really ready, not just listening',
  options,
  check: ({ targets, config }) =>
    targets.length === 0 && config === undefined ? ['TARGET (WAIT_FOR_TARGETS) is missing'] : [],
  run,
})
