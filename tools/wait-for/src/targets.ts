import { nearest, type OptionTable, type Values } from '@initbox/core'
import { type Address, labelOf, type Target } from './target.ts'
import { parseAddress, splitTarget, type TargetParts, withoutSecrets } from './address.ts'
import { commonParameters, parseParameters, splitQuery } from './parameters.ts'
import { probes } from './probes/index.ts'
import type { Prepared, Probe, ProbeContext } from './probes/probe.ts'

/** A target as it was written, on the command line or in the configuration file. */
export type TargetText = {
  readonly text: string
  /** Further parameters, from the configuration file. */
  readonly parameters?: readonly (readonly [name: string, text: string])[]
}

/** A target that was understood, ready to be tried, with what its own parameters say about when and how often. */
export type PreparedTarget = Prepared & {
  readonly label: string
  readonly visiblePassword: boolean
  readonly overrides: Values<typeof commonParameters>
}

/** Parses and prepares all targets. The problems are whole sentences, empty when all is well. */
export async function parseTargets(
  texts: readonly TargetText[],
  context: ProbeContext,
): Promise<{ readonly subjects: readonly PreparedTarget[]; readonly problems: readonly string[] }> {
  const found = await Promise.all(texts.map((entry) => parseTarget(entry, context)))
  return {
    subjects: found.flatMap((each) => ('label' in each ? [each] : [])),
    problems: found.flatMap((each, index) => {
      if ('label' in each) return []
      const name = `the target '${withoutSecrets(texts[index]?.text ?? '')}'`
      return each.map((problem) => `${name} ${problem}`)
    }),
  }
}

async function parseTarget(entry: TargetText, context: ProbeContext): Promise<PreparedTarget | readonly string[]> {
  try {
    const parts = splitTarget(entry.text)
    const probe = await probeOf(parts.scheme)
    const [query, ours] = splitParameters(parts, probe)
    const address: Address = { ...parseAddress(parts, probe.address), query }
    if (address.password !== undefined) context.redactor.add(address.password.reveal())
    const table: OptionTable = { ...commonParameters, ...probe.parameters }
    const { values, problems } = parseParameters(table, [...splitQuery(ours), ...(entry.parameters ?? [])])
    if (problems.length > 0) {
      const hint = probe.address.query === 'own' ? " (the service's own query goes before a '#', as in ?full=1#)" : ''
      return problems.map((problem) => (problem.includes('unknown') ? problem + hint : problem))
    }
    const [first = { host: '', port: 0 }] = address.hosts
    const target: Target = { ...address, ...first, parameters: values, label: labelOf(address) }
    const overrides = values as Values<typeof commonParameters>
    const visiblePassword = address.password !== undefined
    return { ...probe.prepare(target, context), label: target.label, visiblePassword, overrides }
  } catch (error) {
    // Probes and parsers throw plain Errors for malformed targets; a TypeError is a bug of ours.
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    return [error.message]
  }
}

async function probeOf(scheme: string): Promise<Probe> {
  const load = Object.hasOwn(probes, scheme) ? probes[scheme] : undefined
  if (load !== undefined) return (await load()).probe
  const near = nearest(scheme, Object.keys(probes))
  const known = `known are ${Object.keys(probes).toSorted().join(', ')}`
  throw new Error(`has the unknown scheme '${scheme}', ${near === undefined ? known : `did you mean ${near}?`}`)
}

/** The service's own query, and ours: behind `?`, or behind `#` where the service has a query of its own. */
function splitParameters({ query, fragment }: TargetParts, probe: Probe): [own: string, ours: string] {
  if (fragment === undefined) return ['', query ?? '']
  if (probe.address.query !== 'own') throw new Error("has a '#'; write %23 where it belongs to a value")
  return [query ?? '', fragment]
}
