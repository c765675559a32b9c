import { option, type Secret } from '@initbox/core'
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
