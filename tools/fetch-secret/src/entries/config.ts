import { UsageError } from '@initbox/core'
import type { Entry } from './entry.ts'
import type { ReadTemplate } from './parse-entry.ts'

export function readConfigEntries(_config: string, _readTemplate: ReadTemplate): readonly Entry[] {
  throw new UsageError('--config is not there yet')
}
