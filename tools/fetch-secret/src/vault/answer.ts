import { isObject, type Json, type JsonObject, numberOf, property, textOf } from '../secret/json.ts'

/** What every answer of Vault and OpenBao is wrapped in (their HTTP API, "Reading, Writing and Listing Secrets"). */
export type Answer = {
  readonly data: JsonObject | undefined
  readonly leaseId: string | undefined
  readonly seconds: number
  readonly renewable: boolean
  /** What a login, or unwrapping the answer to one, gave. */
  readonly auth: Auth | undefined
}

export type Auth = {
  readonly token: string
  readonly accessor: string | undefined
  /** 0 for a token that never ends. */
  readonly seconds: number
  readonly renewable: boolean
  /** A batch token cannot be revoked or renewed, and what it leased ends with it. */
  readonly isBatch: boolean
}

export function answerOf(body: Json | undefined): Answer {
  const answer = isObject(body) ? body : {}
  const data = property(answer, 'data')
  const auth = property(answer, 'auth')
  return {
    data: isObject(data) ? data : undefined,
    leaseId: textOf(property(answer, 'lease_id')),
    seconds: numberOf(property(answer, 'lease_duration')),
    renewable: property(answer, 'renewable') === true,
    auth: isObject(auth) ? authOf(auth) : undefined,
  }
}

function authOf(auth: JsonObject): Auth | undefined {
  const token = textOf(property(auth, 'client_token'))
  if (token === undefined) return undefined
  return {
    token,
    accessor: textOf(property(auth, 'accessor')),
    seconds: numberOf(property(auth, 'lease_duration')),
    renewable: property(auth, 'renewable') === true,
    isBatch: property(auth, 'token_type') === 'batch',
  }
}
