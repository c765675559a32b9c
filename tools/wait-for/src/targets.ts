import { flagOf, nearest, type OptionTable, Secret, type Values } from '@initbox/core'
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
    const parts = splitTarget(entry.text.replace(/^jdbc:/, ''))
    const [scheme, probe] = await probeOf(parts.scheme)
    const [query, ours] = splitParameters(parts, probe)
    const written = { ...parseAddress({ ...parts, scheme }, probe.address), query }
    const [pairs, address] = takeLogin([...splitQuery(ours), ...(entry.parameters ?? [])], written, probe)
    if (address.password !== undefined) context.redactor.add(address.password.reveal())
    const table: OptionTable = { ...commonParameters, ...probe.parameters }
    const { values, problems } = parseParameters(table, inOurWords(pairs, probe))
    if (problems.length > 0) {
      const hint = probe.address.query === 'own' ? " (the service's own query goes before a '#', as in ?full=1#)" : ''
      return problems.map((problem) => (problem.includes('unknown') ? problem + hint : problem))
    }
    const [first = { host: '', port: 0 }] = address.hosts
    const target: Target = { ...address, ...first, parameters: values, label: labelOf(address, values['selector']) }
    // A path of http may be a secret itself; any other is the name of a database or a file, and ours to tell.
    context.redactor.show(probe.address.query === 'own' ? labelOf({ ...address, path: '' }) : target.label)
    const overrides = values as Values<typeof commonParameters>
    const visiblePassword = address.password !== undefined
    return { ...probe.prepare(target, context), label: target.label, visiblePassword, overrides }
  } catch (error) {
    // Probes and parsers throw plain Errors for malformed targets; a TypeError is a bug of ours.
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    return [error.message]
  }
}

/** The probe for a scheme, and the scheme without the driver of a DSN: `postgresql+asyncpg` is `postgresql`. */
async function probeOf(given: string): Promise<[scheme: string, probe: Probe]> {
  const [base = given] = given.split('+', 1)
  const scheme = /^(postgres(ql)?|mysql|mariadb|amqp)$/.test(base) ? base : given
  const load = Object.hasOwn(probes, scheme) ? probes[scheme] : undefined
  if (load !== undefined) return [scheme, (await load()).probe]
  const form = otherForms[scheme]
  if (form !== undefined) throw new Error(`has the unknown scheme '${scheme}', use ${form}`)
  const near = nearest(scheme, Object.keys(probes))
  const known = `known are ${Object.keys(probes).toSorted().join(', ')}`
  throw new Error(`has the unknown scheme '${scheme}', ${near === undefined ? known : `did you mean ${near}?`}`)
}

/** What to write for services that other tools have a scheme for. */
const otherForms: Readonly<Record<string, string>> = {
  rabbitmq: 'amqp://HOST or amqps://HOST',
  elasticsearch: 'http://HOST:9200/_cluster/health#json=/timed_out=false',
  opensearch: 'http://HOST:9200/_cluster/health#json=/timed_out=false',
  vault: 'https://HOST:8200/v1/sys/health',
  consul: 'http://HOST:8500/v1/status/leader#matches=:',
  etcd: 'http://HOST:2379/health#json=/health=true',
  smtp: 'tcp://HOST:25?expect=^220',
  ssh: 'tcp://HOST:22?expect=^SSH-',
  sqlserver: 'tcp://HOST:1433',
  oracle: 'tcp://HOST:1521',
  cassandra: 'tcp://HOST:9042',
  'mongodb+srv': 'mongodb://HOST,HOST/database with the hosts themselves',
}

type Pairs = readonly (readonly [name: string, text: string])[]

/** Parameters as the service's own clients name them, in our words; what says nothing about being ready is left out. */
function inOurWords(pairs: Pairs, { dsn, parameters }: Probe): Pairs {
  if (dsn === undefined) return pairs
  const ours = new Set([...Object.keys(parameters), ...Object.keys(commonParameters)].map(flagOf))
  return pairs
    .map(([name, text]) => dsn.translate?.(name, text) ?? ([name, text] as const))
    .filter(([name]) => ours.has(name) || !dsn.skipped.test(name))
}

/** JDBC's way to name user and password: among the parameters. */
function takeLogin(pairs: Pairs, address: Address, { dsn }: Probe): [pairs: Pairs, address: Address] {
  if (dsn === undefined) return [pairs, address]
  const [, user] = pairs.find(([name]) => name === 'user') ?? []
  const [, password] = pairs.find(([name]) => name === 'password') ?? []
  const login = {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: new Secret(password) }),
  }
  return [pairs.filter(([name]) => name !== 'user' && name !== 'password'), { ...address, ...login }]
}

/** The service's own query, and ours: behind `?`, or behind `#` where the service has a query of its own. */
function splitParameters({ query, fragment }: TargetParts, probe: Probe): [own: string, ours: string] {
  if (fragment === undefined) return ['', query ?? '']
  if (probe.address.query !== 'own') throw new Error("has a '#'; write %23 where it belongs to a value")
  return [query ?? '', fragment]
}
