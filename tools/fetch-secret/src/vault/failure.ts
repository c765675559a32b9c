import { DeniedError, NotFoundError, NotReadyError, RefusedError, type ToolError } from '@initbox/core'
import { isObject, type Json, property } from '../secret/json.ts'
import type { CallOptions } from './client.ts'

export type Refusal = {
  readonly status: number
  readonly body: Json | undefined
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
}

/** Nothing is there; what the server said all the same tells of a version that is deleted. */
export class MissingError extends NotFoundError {
  readonly body: Json | undefined

  constructor(message: string, body: Json | undefined, hint: string | undefined) {
    super(message, { hint })
    this.body = body
  }
}

type Call = Pick<CallOptions, 'what' | 'isLogin' | 'isToken'>

/** The error for an answer of Vault that is no success; its own words are part of it (its HTTP API, "HTTP Status Codes"). */
export function failureOf(
  { status, body, retryAfter }: Refusal,
  { what, isLogin = false, isToken = false }: Call,
): ToolError {
  const said = wordsOf(body)
  const message = `cannot ${what}: ${status}${said === '' ? '' : ` ${said}`}`
  if (status >= 300 && status < 400) {
    return new NotReadyError(`cannot ${what}: the server is a standby and wants another to be asked`, {
      hint: 'the token is sent to no other address: name the active node, or a service that leads to it',
    })
  }
  if (status === 503 && /sealed/i.test(said)) {
    return new NotReadyError(`cannot ${what}: the server is sealed`, { hint: 'somebody has to unseal it' })
  }
  if ([408, 412, 425, 429].includes(status) || status >= 500) {
    return new NotReadyError(message, retryAfter === undefined ? {} : { after: retryAfter })
  }
  if (isLogin && /SignatureDoesNotMatch|scoped to a valid region/.test(said)) {
    return new DeniedError(message, { hint: '--vault-aws-region must name the region of the STS that the server asks' })
  }
  if (isLogin && /X-Vault-AWS-IAM-Server-ID/i.test(said))
    return new DeniedError(message, { hint: '--vault-aws-server-id gives it' })
  if (isToken && (status === 401 || status === 403)) return new DeniedError(message, { hint: tokenHint })
  if (status === 401 || status === 403) return new DeniedError(message, { hint: deniedHint(isLogin, said) })
  if (isLogin && (status === 400 || status === 404)) return new DeniedError(message, { hint: loginHint(status, said) })
  if (status === 404 || status === 410) return new MissingError(message, body, missingHint(said))
  return new RefusedError(message)
}

/** The server's errors and warnings in one line; what it sends beside them may be a secret. */
export function wordsOf(body: Json | undefined): string {
  if (!isObject(body)) return ''
  const lists = [property(body, 'errors'), property(body, 'warnings')]
  const words = lists.flatMap((list) => (Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []))
  const line = words.join('; ').replaceAll(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

const tokenHint =
  'has it ended? Give another: one in a file ($VAULT_TOKEN_FILE) is read again, and a login such as --vault-role gets its own'

function deniedHint(isLogin: boolean, said: string): string {
  if (isLogin) return 'do the role, its bound service account, namespace and audience fit?'
  return /preflight/i.test(said)
    ? 'is there such a mount, and does the policy of the role allow the path?'
    : 'the policy of the role must allow it; `fetch-secret plan` prints the one that is needed'
}

function loginHint(status: number, said: string): string {
  if (status === 404 || /no handler/i.test(said)) return 'is the login method mounted there? --vault-mount says where'
  return 'do the role and what proves it fit?'
}

function missingHint(said: string): string | undefined {
  return /no handler/i.test(said) ? 'no secrets engine is mounted there' : undefined
}
