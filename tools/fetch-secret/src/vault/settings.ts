import { type Environment, readText, type Secret, UsageError } from '@initbox/core'
import type { Given } from '../given.ts'
import type { authMethods } from '../options.ts'

export type AuthMethod = (typeof authMethods)[number]

/** The login that the options describe. Throws UsageError when they describe none. */
export function authMethodOf(given: Given): AuthMethod {
  const { vaultAuth, vaultToken, vaultTokenFile, vaultRoleId, vaultUsername, vaultRole } = given
  if (vaultAuth !== undefined) return vaultAuth
  if (vaultRoleId !== undefined) return 'approle'
  if (vaultUsername !== undefined) return 'userpass'
  if (vaultRole !== undefined) return 'kubernetes'
  if (vaultToken !== undefined || vaultTokenFile !== undefined) return 'token'
  throw new UsageError('no login for Vault is given', {
    hint: '--vault-role for kubernetes, --vault-role-id for AppRole, $VAULT_TOKEN for a token; --vault-auth names others',
  })
}

/** A value that a login cannot do without. */
export function needed<T>(value: T | undefined, flag: string, method: AuthMethod): T {
  if (value !== undefined) return value
  throw new UsageError(`${flag} is missing, which --vault-auth ${method} needs`)
}

/** Reads a token's file as it is now: the kubelet renews the one of a service account. */
export function readToken(path: string, option?: string): string {
  const text = readText(path, { limit: 65_536, option }).trim()
  if (text !== '') return text
  throw new UsageError(`cannot read ${path}: it is empty`)
}

/** A secret option, from its file again where it came from one: an agent may have renewed it. */
export function currentSecret(
  secret: Secret | undefined,
  variables: readonly string[],
  environment: Environment,
): string | undefined {
  for (const variable of variables) {
    if (environment[variable]) break
    const path = environment[`${variable}_FILE`]
    if (path) return readToken(path, `${variable}_FILE`)
  }
  return secret?.reveal()
}
