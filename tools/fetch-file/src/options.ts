import { option, timeOptions } from '@initbox/core'
import { fileKeys } from './files/keys.ts'

export const options = {
  files: option.list(
    option.string({ positional: 'OUT=URL', help: 'What to fetch, as model.bin=https://host/path#sha256=…' }),
  ),
  config: option.config({ help: 'YAML file with more files; a value of several lines is the YAML itself' }),
  ...fileKeys,
  maxSize: option.bytes({ default: '1Ti', help: 'Most bytes of one file, and of what one archive becomes' }),
  maxEntries: option.integer({ default: '1000000', min: 1, help: 'Most entries of one archive' }),
  concurrency: option.integer({ default: '8', min: 1, max: 64, help: 'How many files are fetched at once' }),
  minRate: option.bytes({ default: '1k', help: 'A transfer with fewer bytes per second counts as stuck' }),
  ...timeOptions,
  attemptTimeout: option.attemptLimit({ default: '30s', help: 'Longest time without an answer, or without any bytes' }),
}
