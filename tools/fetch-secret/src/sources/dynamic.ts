import { UsageError } from '@initbox/core'
import type { Document } from '../secret/document.ts'
import type { JsonObject } from '../secret/json.ts'
import type { Answer } from '../vault/answer.ts'
import type { Sessions } from './source.ts'

/** A secret that may be leased: one that would end with our token is refused before it is written. */
export function dynamic(answer: Answer, fields: JsonObject, label: string, { given }: Sessions): Document {
  const { leaseId: id, seconds, renewable } = answer
  if (id === undefined) return { content: { kind: 'fields', fields } }
  if (given.keepLeases === undefined) {
    throw new UsageError(`${label} is a dynamic secret: what it gave would end when this run ends its token`, {
      hint: '--keep-leases FILE hands the lease over, --watch stays and renews it',
    })
  }
  return { content: { kind: 'fields', fields }, lease: { id, seconds, renewable } }
}
