import { readFileSync } from 'node:fs'
import { type Environment, type Redactor, Secret, systemCode } from '@initbox/core'

/**
 * The secret in `$name`, or in the file that `$name_FILE` names, without its last line end; the redactor knows it then.
 * Throws a plain Error that completes "the target …" when there is none.
 */
export function secretOf(name: string, environment: Environment, redactor: Redactor): Secret {
  const file = environment[`${name}_FILE`]
  const value = environment[name] || (file && read(name, file))
  if (!value) throw new Error(`takes a secret from $${name} or $${name}_FILE, and neither is set`)
  redactor.add(value)
  return new Secret(value)
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Error(`takes a secret from $${name}_FILE, and ${file} cannot be read: ${systemCode(error)}`, {
      cause: error,
    })
  }
}
