import { type Environment, flagOf, isServiceLink, nameOf, variableOf } from './option-names.ts'
import type { Option, OptionTable } from './option.ts'
import type { Redactor } from '../secrets/redactor.ts'
import { ToolError } from '../errors/errors.ts'
import { secretIn } from '../secrets/read-secret.ts'
import { Secret } from '../secrets/secret.ts'

/** What was given for an option, and by what: its own flag or variable, a fallback variable, or its default. */
type Given = { readonly texts: readonly string[]; readonly by: 'flag' | 'variable' | 'default' | { fallback: string } }

/** Finds and checks the values of one table, and collects every problem and warning on the way. */
export class OptionReader {
  readonly problems: string[] = []
  /** Those of the problems that have a type of their own: a file of a secret is not there, or holds no text. */
  readonly failures: ToolError[] = []
  readonly warnings: string[] = []
  readonly #tool: string
  readonly #table: OptionTable
  readonly #flags: ReadonlyMap<string, readonly string[]>
  readonly #environment: Environment
  readonly #redactor: Redactor

  constructor(
    tool: string,
    table: OptionTable,
    flags: ReadonlyMap<string, readonly string[]>,
    environment: Environment,
    redactor: Redactor,
  ) {
    this.#tool = tool
    this.#table = table
    this.#flags = flags
    this.#environment = environment
    this.#redactor = redactor
  }

  /** The value of one option; undefined, or an empty list, where nothing is given or something is wrong. */
  valueOf(key: string): unknown {
    const option = this.#table[key]
    if (option === undefined) return undefined
    const before = this.problems.length
    const given = this.#find(key, option)
    if (given === undefined || given.texts.length === 0) {
      if (option.required && this.problems.length === before) this.problems.push(`${this.#nameOf(key)} is missing`)
      return option.list === undefined ? undefined : []
    }
    const values = given.texts.map((text) => this.#parse(key, option, given, text))
    return option.list === undefined ? values[0] : values
  }

  #find(key: string, option: Option<unknown>): Given | undefined {
    const texts = this.#flags.get(key)
    if (texts !== undefined) return { texts: splitAll(texts, option), by: 'flag' }
    const own = variableOf(this.#tool, key)
    for (const variable of [own, ...option.fallback]) {
      const text = option.kind === 'secret' ? this.#secret(variable) : this.#variable(variable)
      if (text === undefined || text === '') continue
      const by = variable === own ? 'variable' : { fallback: variable }
      return { texts: option.list === undefined ? [text] : splitAll(entries(text, '\n'), option), by }
    }
    return option.default === undefined ? undefined : { texts: splitAll([option.default], option), by: 'default' }
  }

  #variable(variable: string): string | undefined {
    const text = this.#environment[variable]
    return text === undefined || isServiceLink(variable, text) ? undefined : text
  }

  /** `$NAME`, or the file that `$NAME_FILE` names; both together are a problem. */
  #secret(variable: string): string | undefined {
    try {
      return secretIn(variable, this.#environment, this.#redactor)?.reveal()
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      this.problems.push(error.message)
      this.failures.push(error)
      return undefined
    }
  }

  #parse(key: string, option: Option<unknown>, { by }: Given, text: string): unknown {
    if (option.kind === 'secret') {
      this.#redactor.add(text)
      return new Secret(text)
    }
    try {
      const value = option.parse(text)
      this.#keepSecrets(key, option.secretsIn(value), by)
      return value
    } catch (error) {
      const name = typeof by === 'object' ? by.fallback : this.#nameOf(key)
      this.problems.push(`${name} ${messageOf(error)}`)
      return undefined
    }
  }

  #keepSecrets(key: string, secrets: readonly string[], by: Given['by']): void {
    for (const secret of secrets) this.#redactor.add(secret)
    if (by !== 'flag' || secrets.length === 0) return
    const variable = variableOf(this.#tool, key)
    this.warnings.push(`others can read the password in --${flagOf(key)}, give it in ${variable} instead`)
  }

  #nameOf(key: string): string {
    return nameOf(this.#tool, this.#table, key)
  }
}

function splitAll(texts: readonly string[], { list }: Option<unknown>): readonly string[] {
  const separator = list?.separator
  return separator === undefined ? texts : texts.flatMap((text) => entries(text, separator))
}

/** The entries of a list in one text; empty ones and the white space around them do not count. */
function entries(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
