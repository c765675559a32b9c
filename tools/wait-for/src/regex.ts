import { option } from '@initbox/core'

/** A parameter that is a regular expression (ECMAScript, with the flags `u` and `m`). */
export const regex = option.of('regex', (text) => {
  try {
    return new RegExp(text, 'um')
  } catch (error) {
    throw new Error(`is no regular expression: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
})
