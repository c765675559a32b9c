import { UsageError } from '@initbox/core'
import type { Format } from './format.ts'

/** Byte for byte. */
export const raw: Format = (found, label) => {
  if (found.kind === 'bytes') return found.bytes
  throw new UsageError(`${label} has several values`, {
    hint: 'name one, as in #password, or a format, as in #format=json',
  })
}
