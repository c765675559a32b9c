import { type Environment, option, type Redactor, requireSecret, type Secret, UsageError } from '@initbox/core'
import type { ProbeContext } from './probes/probe.ts'

/** Parameters of every probe that can log in, beside `user:password@` in the target. */
export const credentialParameters = {
  passwordEnv: option.string({
    help: 'Variable that holds the password; with _FILE added, the variable that names its file',
  }),
}

type LogsIn = {
  readonly password: Secret | undefined
  readonly parameters: { readonly passwordEnv: string | undefined }
}

/** The password of a target, or undefined. Throws a plain Error that completes "the target …". */
export function passwordOf(
  { password, parameters: { passwordEnv } }: LogsIn,
  context: ProbeContext,
): Secret | undefined {
  if (passwordEnv === undefined) return password
  if (password !== undefined) throw new Error('has a password and the parameter password-env')
  return context.secret(passwordEnv)
}

/**
 * The secret in `$name`, or in the file that `$name_FILE` names; the redactor knows it then. Throws a plain Error that
 * completes "the target …" when there is none, and what `readText` throws for a file that cannot be read.
 */
export function secretOf(name: string, environment: Environment, redactor: Redactor): Secret {
  const isSet = environment[name] !== undefined || environment[`${name}_FILE`] !== undefined
  // What does not look like a variable may be the password itself, given in the wrong place.
  if (!isSet && !/^[A-Z_][A-Z0-9_]*$/.test(name)) {
    throw new Error('takes a secret from a variable that is not set; password-env and token-env take its name')
  }
  try {
    return requireSecret(name, environment, redactor)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    // The sentence that all problems of targets make together has a hint of its own.
    const why = error.hint === undefined ? '' : `: ${error.hint}`
    throw new Error(`takes a secret, and ${error.message}${why}`, { cause: error })
  }
}
