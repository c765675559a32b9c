import { parseArguments } from './arguments.ts'
import { UsageError } from '../errors/errors.ts'
import { type Environment, unknownVariables } from './option-names.ts'
import { OptionReader } from './option-reader.ts'
import type { OptionTable, Values } from './option.ts'
import type { Redactor } from '../secrets/redactor.ts'

export type OptionSource = {
  readonly argv: readonly string[]
  readonly environment: Environment
  /** Told every secret that is read. */
  readonly redactor: Redactor
}

export type ParsedOptions<O extends OptionTable> =
  | { readonly asked: 'help' | 'version' }
  | { readonly asked: undefined; readonly values: Values<O>; readonly warnings: readonly string[] }

/** What `parseOptions` needs to know of a tool. */
export type OptionOwner<O extends OptionTable> = {
  readonly name: string
  readonly options: O
  readonly check?: (values: Values<O>) => readonly string[]
}

/**
 * Turns command line and environment into checked values: flag beats environment beats fallback variable beats default.
 * Throws one UsageError that lists every problem, those found before too, each naming its flag and variable.
 */
export function parseOptions<O extends OptionTable>(
  { name, options, check }: OptionOwner<O>,
  source: OptionSource,
  before: readonly string[] = [],
): ParsedOptions<O> {
  const { argv, environment, redactor } = source
  const { asked, texts, problems: misuse } = parseArguments(name, options, argv)
  if (asked !== undefined) return { asked }
  const reader = new OptionReader(name, options, texts, environment, redactor)
  const values = Object.fromEntries(Object.keys(options).map((key) => [key, reader.valueOf(key)])) as Values<O>
  const problems = [...before, ...misuse, ...unknownVariables(name, options, environment), ...reader.problems]
  if (problems.length === 0 && check !== undefined) problems.push(...check(values))
  const [failure] = reader.failures
  // A missing file is "not found" wherever it is named, but not when there is more to mend.
  if (failure !== undefined && problems.length === 1) throw failure
  if (problems.length > 0) {
    const count = problems.length === 1 ? '' : `${problems.length} problems: `
    throw new UsageError(`${count}${problems.join('; ')}`, { hint: `${name} --help lists the options` })
  }
  return { asked: undefined, values, warnings: reader.warnings }
}
