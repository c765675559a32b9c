import { defineTool } from '@initbox/core'
import { commandOf } from './command.ts'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'fetch-file',
  summary: 'downloads, verifies and unpacks files and archives in one pass',
  options,
  check: ({ files, config }) => {
    const command = commandOf(files)
    const isMissing = command.name === 'fetch' && command.files.length === 0 && config === undefined
    return isMissing ? ['OUT=URL (FETCH_FILE_FILES) is missing'] : []
  },
  run,
})
