import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'my-tool',
  summary: 'writes one line to a file of the volume',
  examples: [['a line as a file', "my-tool --text 'hello' --out line.txt"]],
  options,
  check: ({ text }) => (text.includes('\n') ? ['--text is more than one line'] : []),
  run,
})
