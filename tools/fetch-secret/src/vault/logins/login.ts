import type { Context } from '@initbox/core'
import type { Json } from '../../secret/json.ts'
import type { VaultClient } from '../client.ts'
import type { Given } from '../../given.ts'

export type LoginParts = {
  readonly client: VaultClient
  readonly given: Given
  readonly context: Context
  /** Where the method is mounted. */
  readonly mount: string
  readonly signal: AbortSignal
}

/** One way to get a token; resolves with the body of the login's answer. */
export type Login = (parts: LoginParts) => Promise<Json | undefined>

/** For the call that logs in, at `mount`. */
export function loginCall({ mount, signal }: LoginParts, method: string) {
  return { what: `log in to Vault by ${method} at auth/${mount}`, signal, isLogin: true }
}
