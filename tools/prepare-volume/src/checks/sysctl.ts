import { NotFoundError, readText } from '@initbox/core'

/** A condition on a kernel setting, such as `vm.max_map_count>=262144`. */
export type Sysctl = {
  readonly text: string
  readonly name: string
  readonly operator: '>=' | '<=' | '='
  readonly value: string
}

/** Throws a plain Error. */
export function parseSysctl(text: string): Sysctl {
  const [, name, operator, value] = /^([a-z][\w.-]*)\s*(>=|<=|=)\s*(\S.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined || !isOperator(operator) || name.includes('..'))
    throw new Error(`must be like vm.max_map_count>=262144, not '${text}'`)
  if (operator !== '=' && !/^\d+$/.test(value)) throw new Error(`must compare with a whole number, not '${value}'`)
  return { text, name, operator, value }
}

/** What is wrong, in words, or undefined. Settings are read, never written. */
export function sysctlProblem({ name, operator, value }: Sysctl): string | undefined {
  const now = valueOf(name)
  if (now === undefined) return `this kernel has no setting ${name}`
  const isRight =
    operator === '='
      ? now === value.replaceAll(/\s+/g, ' ')
      : operator === '>='
        ? Number(now) >= Number(value)
        : Number(now) <= Number(value)
  if (isRight) return undefined
  const advice = `set it on the node: sysctl -w ${name}=${value}`
  return `${name} is ${now}, not ${operator === '=' ? '' : operator}${value} (${advice})`
}

function valueOf(name: string): string | undefined {
  try {
    const text = readText(`/proc/sys/${name.replaceAll('.', '/')}`, { limit: 4_096 })
    return text.trim().replaceAll(/\s+/g, ' ')
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

function isOperator(text: string | undefined): text is Sysctl['operator'] {
  return text === '>=' || text === '<=' || text === '='
}
