import { RefusedError, UsageError } from '../errors/errors.ts'
import { readText } from '../files/input-file.ts'
import type { Environment } from '../options/option-names.ts'
import type { Redactor } from './redactor.ts'
import { Secret } from './secret.ts'

/** Kubernetes keeps Secrets of at most 1 MiB. */
const limit = 2 ** 20

/**
 * The secret in a file, without its last line end. `option` is what names the file, for messages: `$API_TOKEN_FILE`.
 * Throws as `readText` does, and RefusedError for an empty file.
 */
export function readSecret(path: string, option?: string): string {
  const secret = withoutLineEnd(readText(path, { limit, option }))
  if (secret === '') throw new RefusedError(`${path}${option === undefined ? '' : ` (${option})`} is empty`)
  return secret
}

/**
 * The secret in `$name`, or in the file that `$name_FILE` names; the redactor knows it then. Undefined when neither is
 * set. Throws UsageError when both are, and what `readSecret` throws.
 */
export function secretIn(name: string, environment: Environment, redactor: Redactor): Secret | undefined {
  const value = withoutLineEnd(environment[name] ?? '')
  redactor.add(value)
  const path = environment[`${name}_FILE`] ?? ''
  if (path === '') return value === '' ? undefined : new Secret(value)
  if (value !== '') throw new UsageError(`${name} and ${name}_FILE are both given`)
  const content = readSecret(path, `${name}_FILE`)
  redactor.add(content)
  return new Secret(content)
}

/** As `secretIn`, where there must be one. Throws UsageError that says whether it is empty or not there at all. */
export function requireSecret(name: string, environment: Environment, redactor: Redactor): Secret {
  const secret = secretIn(name, environment, redactor)
  if (secret !== undefined) return secret
  const isEmpty = environment[name] !== undefined || environment[`${name}_FILE`] !== undefined
  throw new UsageError(isEmpty ? `$${name} is set but empty` : `neither $${name} nor $${name}_FILE is set`, {
    hint: isEmpty ? 'is the key of the Secret empty, or was a variable in it not replaced?' : undefined,
  })
}

/** Editors and `echo` end a secret with a line end that is no part of it; the same holds for a variable. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
