import { UsageError } from '@initbox/core'
import type { Source } from './source.ts'

export const awsSm: Source = {
  problemOf: () => undefined,
  fetch: () => {
    throw new UsageError('aws-sm:// is not there yet')
  },
}
