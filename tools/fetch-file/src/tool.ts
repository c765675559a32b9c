import { defineTool } from '@initbox/core'
import { commandOf } from './command.ts'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'fetch-file',
  summary: 'downloads, verifies and unpacks files and archives in one pass',
  examples: [
    [
      'one file, checked',
      'fetch-file model.bin=https://example.com/model.bin#sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    ],
    [
      'an archive, unpacked without its first folder',
      "fetch-file 'site/=https://example.com/site.tar.gz#unpack&strip=1'",
    ],
    [
      'a private file, looked at again every ten minutes',
      'FETCH_FILE_TOKEN_FILE=/secrets/token fetch-file data.csv=https://example.com/data.csv --watch 10m',
    ],
  ],
  options,
  check: ({ files, config }) => {
    const command = commandOf(files)
    const isMissing = command.name === 'fetch' && command.files.length === 0 && config === undefined
    return isMissing ? ['OUT=URL (FETCH_FILE_FILES) is missing'] : []
  },
  run,
})
