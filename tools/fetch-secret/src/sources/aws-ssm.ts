import { UsageError } from '@initbox/core'
import type { Source } from './source.ts'

export const awsSsm: Source = {
  problemOf: () => undefined,
  fetch: () => {
    throw new UsageError('aws-ssm:// is not there yet')
  },
}
