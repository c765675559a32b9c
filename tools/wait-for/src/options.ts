import { option } from '@initbox/core'

export const options = {
  targets: option.list(option.string({ positional: 'TARGET', required: true, help: 'What to wait for' })),
  timeout: option.duration({ default: '5m', help: 'Give up after this long' }),
}
