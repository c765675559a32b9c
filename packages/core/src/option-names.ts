import type { OptionTable } from './option.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** `maxWait` to `max-wait`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `wait-for` and `maxWait` to `WAIT_FOR_MAX_WAIT`. */
export function variableOf(tool: string, key: string): string {
  return `${tool}-${flagOf(key)}`.toUpperCase().replaceAll('-', '_')
}

/** How a message names an option: `--max-wait (WAIT_FOR_MAX_WAIT)`; a secret has no flag. */
export function nameOf(tool: string, table: OptionTable, key: string): string {
  const variable = variableOf(tool, key)
  const { kind, positional } = table[key] ?? {}
  if (kind === 'secret') return `${variable} or ${variable}_FILE`
  return `${positional ?? `--${flagOf(key)}`} (${variable})`
}

/** Variables that begin like the tool's own and that it does not know: most likely a typing mistake. */
export function unknownVariables(tool: string, table: OptionTable, environment: Environment): string[] {
  const prefix = variableOf(tool, '').replace(/_*$/, '_')
  const known = new Set(
    Object.keys(table).flatMap((key) => {
      const variable = variableOf(tool, key)
      return table[key]?.kind === 'secret' ? [variable, `${variable}_FILE`] : [variable]
    }),
  )
  return Object.keys(environment).filter((name) => name.startsWith(prefix) && !known.has(name) && !isServiceLink(name))
}

/**
 * Kubernetes injects such variables for every Service of the namespace, also for one that is called like a tool
 * (`enableServiceLinks`; the Docker-links form, kubernetes/pkg/kubelet/envvars).
 */
function isServiceLink(name: string): boolean {
  return /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/.test(name)
}

/** The known name that is nearest to a mistyped one, if one is near (edit distance of at most a third of its length). */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance)[0]
  return ranked && ranked.distance <= Math.max(2, ranked.candidate.length / 3) ? ranked.candidate : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
