import { option } from '@initbox/core'

export const options = {
  text: option.string({ required: true, help: 'The line to write' }),
  out: option.outputPath({ required: true, help: 'File to write' }),
  mode: option.mode({ default: '0644', help: 'Permissions of the file' }),
}
