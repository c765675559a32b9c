import { type Arguments, parseArguments } from './arguments.ts'
import { systemCode, UsageError } from './errors.ts'
import { type Environment, nameOf, nearest, unknownVariables, variableOf } from './option-names.ts'
import type { Option, OptionTable, Values } from './option.ts'
import type { Redactor } from './redactor.ts'
import { Secret } from './secret.ts'

export type OptionSource = {
  readonly argv: readonly string[]
  readonly environment: Environment
  readonly redactor: Redactor
  /** Reads the file that a `…_FILE` variable names. */
  readonly readFile: (path: string) => string
}

export type ParsedOptions<O extends OptionTable> =
  | { readonly asked: 'help' | 'version' }
  | { readonly asked: undefined; readonly values: Values<O>; readonly warnings: readonly string[] }

/**
 * Turns command line and environment into checked values: flag beats environment beats fallback variable beats default.
 * Throws one UsageError that lists every problem, each naming its flag and variable.
 */
export function parseOptions<O extends OptionTable>(
  tool: string,
  table: O,
  source: OptionSource,
  check: (values: Values<O>) => readonly string[] = () => [],
): ParsedOptions<O> {
  const given = parseArguments(table, source.argv)
  if (given.asked !== undefined) return { asked: given.asked }
  const reading = new Reading(tool, table, source, given)
  const values = Object.fromEntries(Object.keys(table).map((key) => [key, reading.valueOf(key)])) as Values<O>
  const { problems, warnings } = reading
  if (problems.length === 0) problems.push(...check(values))
  if (problems.length > 0) {
    const count = problems.length === 1 ? '' : `${problems.length} problems: `
    throw new UsageError(`${count}${problems.join('; ')}`, { hint: `${tool} --help lists the options` })
  }
  return { asked: undefined, values, warnings }
}

type Given = { readonly texts: readonly string[]; readonly name: string; readonly byFlag: boolean }

/** One pass over the table, collecting every problem on the way. */
class Reading {
  readonly problems: string[]
  readonly warnings: string[] = []
  readonly #tool: string
  readonly #table: OptionTable
  readonly #source: OptionSource
  readonly #arguments: Arguments

  constructor(tool: string, table: OptionTable, source: OptionSource, given: Arguments) {
    this.#tool = tool
    this.#table = table
    this.#source = source
    this.#arguments = given
    const known = Object.keys(table).map((key) => variableOf(tool, key))
    this.problems = [
      ...given.problems,
      ...unknownVariables(tool, table, source.environment).map((name) => {
        const near = nearest(name, known)
        return `unknown variable ${name}${near === undefined ? '' : `, did you mean ${near}?`}`
      }),
    ]
  }

  valueOf(key: string): unknown {
    const option = this.#table[key]
    if (option === undefined) return undefined
    const before = this.problems.length
    const given = this.#find(key, option)
    if (given === undefined) {
      if (option.required && this.problems.length === before) {
        this.problems.push(`${nameOf(this.#tool, this.#table, key)} is missing`)
      }
      return option.list === undefined ? undefined : []
    }
    const values = given.texts.map((text) => this.#parse(option, given, text))
    return option.list === undefined ? values[0] : values
  }

  #find(key: string, option: Option<unknown>): Given | undefined {
    const name = nameOf(this.#tool, this.#table, key)
    const texts = this.#arguments.texts.get(key)
    const split = (all: readonly string[], byFlag: boolean, label: string): Given => ({
      texts: option.list?.separator === undefined ? all : all.flatMap((text) => entries(text, option.list?.separator)),
      name: label,
      byFlag,
    })
    if (texts !== undefined) return split(texts, true, name)
    for (const variable of [variableOf(this.#tool, key), ...option.fallback]) {
      const text = option.kind === 'secret' ? this.#secret(variable) : this.#source.environment[variable]
      if (text === undefined || text === '') continue
      const label = option.fallback.includes(variable) ? variable : name
      return split(option.list === undefined ? [text] : entries(text, '\n'), false, label)
    }
    return option.default === undefined ? undefined : split([option.default], false, name)
  }

  /** `$NAME`, or the file that `$NAME_FILE` names without its last line end; both together are a problem. */
  #secret(variable: string): string | undefined {
    const { environment, readFile, redactor } = this.#source
    const value = environment[variable]
    const file = environment[`${variable}_FILE`]
    if (value) redactor.add(value)
    if (!file) return value
    if (value) {
      this.problems.push(`${variable} and ${variable}_FILE are both given`)
      return undefined
    }
    try {
      const content = readFile(file).replace(/\r?\n$/, '')
      if (content === '') this.problems.push(`${variable}_FILE: ${file} is empty`)
      else redactor.add(content)
      return content
    } catch (error) {
      this.problems.push(`${variable}_FILE: cannot read ${file}: ${systemCode(error) ?? String(error)}`)
      return undefined
    }
  }

  #parse(option: Option<unknown>, { name, byFlag }: Given, text: string): unknown {
    try {
      const value = option.parse(text)
      if (option.kind === 'secret') return new Secret(text)
      if (value instanceof URL && value.password !== '') {
        this.#source.redactor.add(value.password)
        this.#source.redactor.add(decodeURIComponent(value.password))
        if (byFlag) this.warnings.push(`${name}: a password on the command line is visible to others; use the variable`)
      }
      return value
    } catch (error) {
      this.problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
}

/** The entries of a list in one text; empty ones and the white space around them do not count. */
function entries(text: string, separator = '\n'): string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
