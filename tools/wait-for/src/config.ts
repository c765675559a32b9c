import { readFileSync } from 'node:fs'
import { systemCode, UsageError } from '@initbox/core'
import { load } from 'js-yaml'
import type { TargetText } from './targets.ts'

/**
 * Reads the targets of a configuration: `targets:` with texts, or with maps of `target:` and its parameters. `given` is the
 * path of a YAML file, or the YAML itself when it has several lines or begins with a bracket. Throws a UsageError.
 */
export function readConfig(given: string): readonly TargetText[] {
  const inline = /\n/.test(given) || /^\s*[[{]/.test(given)
  const name = inline ? 'the YAML of --config (WAIT_FOR_CONFIG)' : given
  const document = parse(inline ? given : read(given), name)
  const fail = (what: string): never => {
    throw new UsageError(`${name} ${what}`, { hint: 'targets: [tcp://db:5432, {target: http://web/, status: 200}]' })
  }
  if (!isMap(document)) return fail("is not a map with 'targets'")
  const unknown = Object.keys(document).filter((key) => key !== 'targets')
  if (unknown.length > 0) fail(`has the unknown key '${unknown[0]}', known is targets`)
  if (!Array.isArray(document['targets'])) return fail("has no list 'targets'")
  return document['targets'].map((entry: unknown, index) => {
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

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--config (WAIT_FOR_CONFIG): cannot read ${path}: ${systemCode(error)}`, { cause: error })
  }
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
