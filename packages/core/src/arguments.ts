import { flagOf, nearest } from './option-names.ts'
import type { OptionTable } from './option.ts'

/** What the command line says, as text and not yet checked. */
export type Arguments = {
  readonly texts: ReadonlyMap<string, readonly string[]>
  readonly asked: 'help' | 'version' | undefined
  readonly problems: readonly string[]
}

/** Splits the command line by the table: `--flag value`, `--flag=value`, `--switch`, `--no-switch`, positional arguments. */
export function parseArguments(table: OptionTable, argv: readonly string[]): Arguments {
  const texts = new Map<string, string[]>()
  const problems: string[] = []
  const keys = Object.keys(table)
  const byFlag = new Map(keys.filter((key) => table[key]?.kind !== 'secret').map((key) => [flagOf(key), key]))
  const positional = keys.filter((key) => table[key]?.positional !== undefined)
  const add = (key: string, text: string): void => void texts.set(key, [...(texts.get(key) ?? []), text])

  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    if (argument === '--help' || argument === '-h') return { texts, asked: 'help', problems: [] }
    if (argument === '--version') return { texts, asked: 'version', problems: [] }
    if (argument === '--') {
      problems.push(
        "'--' COMMAND is not supported: there is no shell, an init container ends and the Pod goes on with the next one",
      )
      break
    }
    if (!argument.startsWith('-') || argument === '-') {
      const key = positional.find((name) => table[name]?.list !== undefined || !texts.has(name))
      if (key === undefined) problems.push(`unexpected argument '${argument}'`)
      else add(key, argument)
      continue
    }
    const [, name = '', given] = /^--?([^=]*)(?:=([\s\S]*))?$/.exec(argument) ?? []
    const key = byFlag.get(name)
    if (key !== undefined && argument.startsWith('--')) {
      if (given !== undefined) add(key, given)
      else if (table[key]?.kind === 'boolean') add(key, 'true')
      else if (index + 1 < argv.length) add(key, argv[++index] ?? '')
      else problems.push(`--${name} needs a value`)
      continue
    }
    const negated = name.startsWith('no-') ? byFlag.get(name.slice(3)) : undefined
    if (negated !== undefined && table[negated]?.kind === 'boolean' && given === undefined) {
      add(negated, 'false')
      continue
    }
    problems.push(unknownFlag(table, argument.startsWith('--') ? `--${name}` : argument, [...byFlag.keys()]))
  }
  for (const [key, all] of texts) {
    if (all.length > 1 && table[key]?.list === undefined) problems.push(`--${flagOf(key)} is given ${all.length} times`)
  }
  return { texts, asked: undefined, problems }
}

function unknownFlag(table: OptionTable, flag: string, known: readonly string[]): string {
  const secret = Object.keys(table).find((key) => table[key]?.kind === 'secret' && `--${flagOf(key)}` === flag)
  if (secret !== undefined) return `${flag} is not a flag: a secret comes from the environment or a file`
  const near = nearest(
    flag,
    known.map((name) => `--${name}`),
  )
  return `unknown flag ${flag}${near === undefined ? '' : `, did you mean ${near}?`}`
}
