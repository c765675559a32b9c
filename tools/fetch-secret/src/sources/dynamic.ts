import { UsageError } from '@initbox/core'
import type { Document } from '../secret/document.ts'
import { type JsonObject, numberOf, property } from '../secret/json.ts'
import type { Answer } from '../vault/answer.ts'
import type { Sessions } from './source.ts'

/** A secret that may be leased: one that would end with our token is refused before it is written. */
export function dynamic(answer: Answer, fields: JsonObject, label: string, { given }: Sessions): Document {
  const { leaseId: id, seconds, renewable } = answer
  const content = { kind: 'fields', fields } as const
  if (id === undefined) return { content, seconds: lifeOf(fields) }
  if (given.keepLeases === undefined && given.watch === undefined) {
    throw new UsageError(`${label} is a dynamic secret: what it gave would end when this run ends its token`, {
      hint: '--keep-leases FILE hands the lease over, --watch stays and renews it',
    })
  }
  return { content, seconds, lease: { id, seconds, renewable } }
}

/** A certificate of `pki/issue` says when it ends, in seconds since 1970. */
function lifeOf(fields: JsonObject): number | undefined {
  const ends = numberOf(property(fields, 'expiration'))
  return ends > 0 ? Math.max(1, ends - Date.now() / 1_000) : undefined
}
