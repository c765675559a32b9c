import { RefusedError } from '@initbox/core'
import { type Facts, textOf } from '../facts/facts.ts'

/**
 * The facts as variables: `POD_IP`, and each label and annotation as `LABEL_` or `ANNOTATION_` and its key in capitals,
 * with `_` for what a variable's name cannot have. Throws RefusedError when two keys become one name.
 */
export function variablesOf({ all, labels, annotations }: Facts): ReadonlyMap<string, string> {
  const variables = new Map(all.map((fact) => [fact.variable, textOf(fact)]))
  for (const [prefix, entries] of [
    ['LABEL', labels],
    ['ANNOTATION', annotations],
  ] as const) {
    const keys = new Map<string, string>()
    for (const [key, value] of entries ?? []) {
      const name = `${prefix}_${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
      const other = keys.get(name)
      if (other !== undefined) {
        throw new RefusedError(`${other} and ${key} would both become the variable ${name}`, {
          hint: 'the format json keeps the keys as they are',
        })
      }
      keys.set(name, key)
      variables.set(name, value)
    }
  }
  return variables
}
