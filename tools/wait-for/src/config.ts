import { readText, UsageError } from '@initbox/core'
import { load } from 'js-yaml'
import type { TargetText } from './targets.ts'

/** More than a ConfigMap can hold. */
const limit = 2 ** 20

/**
 * Reads the targets of a configuration: `targets:` with texts, or with maps of `target:` and its parameters. `given` is the
 * path of a YAML file, or the YAML itself when it has several lines or begins like YAML. Throws a UsageError.
 */
export function readConfig(given: string): readonly TargetText[] {
  const inline = /\n/.test(given) || /^\s*([[{]|- |targets:)/.test(given)
  const name = inline ? 'the YAML of --config (WAIT_FOR_CONFIG)' : given
  const document = parse(inline ? given : readText(given, { limit, option: '--config, WAIT_FOR_CONFIG' }), name)
  const fail = (what: string): never => {
    throw new UsageError(`${name} ${what}`, { hint: 'targets: [tcp://db:5432, {target: http://web/, status: 200}]' })
  }
  return listIn(document, fail).map((entry: unknown, index) => {
    if (typeof entry === 'string') return { text: entry }
    if (!isMap(entry) || typeof entry['target'] !== 'string') return fail(`has no text 'target' in entry ${index + 1}`)
    const { target, ...rest } = entry
    const parameters = Object.entries(rest).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((each: unknown): [string, string] => {
        if (typeof each === 'object' && each !== null) fail(`has no plain value for '${key}' in entry ${index + 1}`)
        return [key, String(each)]
      }),
    )
    return { text: target as string, parameters }
  })
}

/** The list itself, or that under `targets`. */
function listIn(document: unknown, fail: (what: string) => never): readonly unknown[] {
  if (Array.isArray(document)) return document
  if (!isMap(document)) return fail("is not a map with 'targets'")
  const unknown = Object.keys(document).filter((key) => key !== 'targets')
  if (unknown.length > 0) fail(`has the unknown key '${unknown[0]}', known is targets`)
  const list = document['targets']
  return Array.isArray(list) ? list : fail("has no list 'targets'")
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string, name: string): unknown {
  try {
    return load(text)
  } catch (error) {
    const { message, mark } = error as { message: string; mark?: { line: number; column: number } }
    // js-yaml's own message quotes the text around the error, which may hold a password.
    const where = mark === undefined ? '' : ` at line ${mark.line + 1}, column ${mark.column + 1}`
    throw new UsageError(`${name} is no YAML${where}: ${message.split('\n')[0]?.replace(/ \(\d+:\d+\)$/, '')}`, {
      cause: error,
    })
  }
}
