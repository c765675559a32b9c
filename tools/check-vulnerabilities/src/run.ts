import { readConfig, shape } from '@initbox/config'
import {
  type Context,
  Deadline,
  formatCount,
  formatDuration,
  listSome,
  NotReadyError,
  type Output,
  outputWarnings,
  publishFiles,
  RefusedError,
  UsageError,
  type Values,
} from '@initbox/core'
import { proxyRule, tlsSettings } from '@initbox/net'
import { type Component, type Inventory, keyOf } from './inputs/component.ts'
import { type Input, parseInput, readInput } from './inputs/read-input.ts'
import type { Answer } from './osv/hit.ts'
import { RecordCache } from './osv/record-cache.ts'
import type { options } from './options.ts'
import { toJson, toSarif } from './report/documents.ts'
import { allClear, packagesOf, refusal, type Scope, toLine } from './report/report.ts'
import { type Exception, exceptionShape, readVex } from './verdict/exceptions.ts'
import { toFindings } from './verdict/findings.ts'
import { judge, type Judged } from './verdict/judge.ts'
import { orderOf } from './versions/order.ts'

type Settings = Values<typeof options>

/** What `--config` may hold. */
export const configShape = shape.map({
  inputs: shape.or(shape.list(shape.of('file', parseInput)), []),
  exceptions: shape.or(shape.list(exceptionShape), []),
})

/** Reads what the application is made of, finds what is known of it, and refuses what is too bad. */
export async function run(settings: Settings, context: Context): Promise<string> {
  const { inputs, exceptions } = configured(settings)
  const statements = settings.vex.flatMap(readVex)
  const { components, unknown } = readAll(inputs)
  if (unknown.length > 0)
    context.log.warning(`${packagesOf(unknown.length)} cannot be checked, by kind or version: ${listSome(unknown)}`)
  const answer = await findRecords(components, settings, context)
  if (typeof answer === 'string') return answer
  const judged = judge(toFindings(answer.hits), {
    severity: settings.severity,
    unrated: settings.unrated === 'refuse',
    fixedOnly: settings.fixedOnly,
    exceptions,
    statements,
    now: Date.now(),
  })
  const scope: Scope = { components: components.length, unknown, newest: answer.newest, severity: settings.severity }
  tell(judged, context)
  await publish(judged, scope, settings, context)
  const refused = judged.filter(({ judgement }) => judgement === 'refused' || judgement === 'expired')
  if (refused.length > 0) throw new RefusedError(refusal(refused, scope), { hint: hintFor(refused) })
  if (answer.unknown.length > 0) throw undecided(answer)
  return allClear(judged, scope)
}

function configured({ in: given, config }: Settings): { inputs: readonly Input[]; exceptions: readonly Exception[] } {
  if (config === undefined) return { inputs: given, exceptions: [] }
  const { inputs, exceptions } = readConfig(config, configShape, { option: '--config (CHECK_VULNERABILITIES_CONFIG)' })
  if (inputs.length + given.length === 0)
    throw new UsageError('there is nothing to check', { hint: 'name inputs in --config, or files' })
  return { inputs: [...inputs, ...given], exceptions }
}

/** Each package once, however many inputs name it. */
function readAll(inputs: readonly Input[]): Inventory {
  const found = inputs.map(readInput)
  const components = new Map<string, Component>()
  for (const each of found.flatMap((inventory) => inventory.components))
    components.set(`${keyOf(each)}\n${each.version}`, each)
  return { components: [...components.values()], unknown: [...new Set(found.flatMap(({ unknown }) => unknown))] }
}

/** What is known, or the sentence of a run that may go on without knowing. */
async function findRecords(
  components: readonly Component[],
  settings: Settings,
  context: Context,
): Promise<Answer | string> {
  try {
    if (settings.osvDir === undefined) return await askService(components, settings, context)
    const { searchFolder } = await import('./osv/records-folder.ts')
    const answer = await searchFolder(settings.osvDir, components, context)
    refuseOld(answer.newest, settings)
    return answer
  } catch (error) {
    const unavailable = error instanceof NotReadyError || error instanceof TooOldError
    if (!unavailable || settings.onUnavailable === 'fail') throw error
    context.log.warning(`the application starts unchecked: ${error.message}`)
    return `not checked: ${error.message}`
  }
}

async function askService(components: readonly Component[], settings: Settings, context: Context): Promise<Answer> {
  const { askService: ask } = await import('./osv/service.ts')
  const cache = new RecordCache(settings.cache)
  const { environment, redactor, clock } = context
  const answer = await ask(
    components,
    {
      url: settings.osv,
      deadline: new Deadline(settings.timeout, clock),
      attemptTimeout: settings.attemptTimeout,
      tls: tlsSettings(settings, environment),
      proxy: proxyRule(settings.proxy, environment, redactor),
      cache,
    },
    context,
  ).catch(async (error: unknown) => {
    // What came before is not fetched again by the next try.
    await cache.save().catch(() => {})
    throw error
  })
  await cache.save()
  return answer
}

class TooOldError extends RefusedError {}

function refuseOld(newest: string, { maxAge, osvDir }: Settings): void {
  const age = Date.now() - Date.parse(newest)
  if (maxAge === undefined || age <= maxAge) return
  throw new TooOldError(
    `the newest record of ${osvDir} is of ${newest.slice(0, 10)}, older than ${formatDuration(maxAge)} (--max-age)`,
    {
      hint: 'fetch the records anew',
    },
  )
}

/** What a person reads; the rest stands in `--json-out`. */
const mostLines = 50

function tell(judged: readonly Judged[], { log }: Context): void {
  const told = judged.filter(({ judgement }) => judgement !== 'below')
  for (const each of told.slice(0, mostLines)) {
    const refused = each.judgement === 'refused' || each.judgement === 'expired'
    log[refused ? 'error' : 'info'](toLine(each))
  }
  if (told.length > mostLines) log.info(`and ${formatCount(told.length - mostLines)} more (--json-out has all of them)`)
  for (const each of judged) if (each.judgement === 'below') log.debug(toLine(each))
}

async function publish(
  judged: readonly Judged[],
  scope: Scope,
  { jsonOut, sarifOut }: Settings,
  { log }: Context,
): Promise<void> {
  const outputs: Output[] = []
  if (jsonOut !== undefined) outputs.push({ to: jsonOut, content: toJson(judged, scope), mode: 0o644 })
  if (sarifOut !== undefined) outputs.push({ to: sarifOut, content: toSarif(judged), mode: 0o644 })
  if (outputs.length === 0) return
  await publishFiles(outputs)
  for (const warning of outputWarnings(outputs)) log.warning(warning)
}

/** The next step: for each package the lowest version that mends all that can be mended. */
function hintFor(refused: readonly Judged[]): string {
  const enough = new Map<string, string>()
  for (const { finding } of refused) {
    const { component, fixed } = finding
    const known = enough.get(component.name)
    const newer = known === undefined || (orderOf(component.ecosystem)?.(fixed ?? '', known) ?? 0) > 0
    if (fixed !== undefined && newer) enough.set(component.name, fixed)
  }
  if (enough.size === 0) return 'no newer version mends it: an exception in --config needs a reason and an end'
  const updates = [...enough].map(([name, version]) => `${name} ${version}`)
  return `update to ${listSome(updates)}, or add an exception with a reason and an end to --config`
}

/** That a version cannot be compared is never "no vulnerabilities". */
function undecided({ unknown }: Answer): RefusedError {
  const names = unknown.map(({ component: { name, version }, record }) => `${name} ${version}: ${record.id}`)
  return new RefusedError(`cannot tell whether ${listSome(names)} is a match: the version cannot be compared`, {
    hint: 'ask a service (--osv), which lists versions one by one',
  })
}
