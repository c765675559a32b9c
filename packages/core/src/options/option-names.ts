import { nearest } from './nearest.ts'
import type { Option, OptionTable } from './option.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** `maxWait` to `max-wait`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `wait-for` and `maxWait` to `WAIT_FOR_MAX_WAIT`. */
export function variableOf(tool: string, key: string): string {
  return `${tool}-${flagOf(key)}`.toUpperCase().replaceAll('-', '_')
}

/** Every variable that an option is read from, the one that counts most first. */
export function variablesOf(tool: string, key: string, { kind, fallback }: Option<unknown>): string[] {
  const variables = [variableOf(tool, key), ...fallback]
  return kind === 'secret' ? variables.flatMap((variable) => [variable, `${variable}_FILE`]) : variables
}

/** How a message names an option: `--max-wait (WAIT_FOR_MAX_WAIT)`; a secret has no flag. */
export function nameOf(tool: string, table: OptionTable, key: string): string {
  const variable = variableOf(tool, key)
  const { kind, positional } = table[key] ?? {}
  if (kind === 'secret') return `${variable} or ${variable}_FILE`
  return `${positional ?? `--${flagOf(key)}`} (${variable})`
}

/** Problems with variables that begin like the tool's own and that it does not know: most likely typing mistakes. */
export function unknownVariables(tool: string, table: OptionTable, environment: Environment): string[] {
  const prefix = variableOf(tool, '')
  const own = Object.keys(environment).filter((name) => name.startsWith(prefix))
  if (own.length === 0) return []
  const known = Object.entries(table).flatMap(([key, option]) => variablesOf(tool, key, option))
  const unknown = own.filter((name) => !known.includes(name) && !isServiceLink(name, environment[name] ?? ''))
  const endings = known.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return unknown.map((name) => {
    const ending = name.slice(prefix.length)
    const called = Object.keys(table).find((key) =>
      table[key]?.alsoCalled.some((each) => variableOf(tool, each) === name),
    )
    const near = called === undefined ? nearest(ending, endings) : variableOf(tool, called).slice(prefix.length)
    return `unknown variable ${name}${near === undefined ? '' : `, did you mean ${prefix}${near}?`}`
  })
}

const serviceLinks: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^[\d.]+$|^[\da-f:]+$/i],
  [/_SERVICE_PORT(_[A-Z0-9_]+)?$/, /^\d+$/],
  [/_PORT(_\d+_(TCP|UDP|SCTP))?$/, /^(tcp|udp|sctp):\/\//],
  [/_PORT_\d+_(TCP|UDP|SCTP)_PROTO$/, /^(tcp|udp|sctp)$/],
  [/_PORT_\d+_(TCP|UDP|SCTP)_PORT$/, /^\d+$/],
  [/_PORT_\d+_(TCP|UDP|SCTP)_ADDR$/, /^[\d.]+$|^[\da-f:]+$/i],
]

/**
 * Kubernetes sets such variables for every Service of the namespace, also for one whose name begins like a tool's
 * (`enableServiceLinks`; kubernetes/pkg/kubelet/envvars).
 */
export function isServiceLink(name: string, value: string): boolean {
  return serviceLinks.some(([names, values]) => names.test(name) && values.test(value))
}
