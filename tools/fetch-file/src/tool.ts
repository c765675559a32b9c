import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'fetch-file',
  summary: 'downloads, verifies and unpacks files and archives in one pass',
  options,
  check: ({ files, config }) =>
    files.length === 0 && config === undefined ? ['OUT=URL (FETCH_FILE_FILES) is missing'] : [],
  run,
})
