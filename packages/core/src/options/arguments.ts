import { nearest } from './nearest.ts'
import { flagOf, nameOf } from './option-names.ts'
import type { OptionTable } from './option.ts'

/** What the command line says, as text and not yet checked. */
export type Arguments = {
  readonly texts: ReadonlyMap<string, readonly string[]>
  readonly asked: 'help' | 'version' | undefined
  readonly problems: readonly string[]
}

/** Splits the command line by the table: `--flag value`, `--flag=value`, `--switch`, `--no-switch`, positional arguments. */
export function parseArguments(tool: string, table: OptionTable, argv: readonly string[]): Arguments {
  const texts = new Map<string, string[]>()
  const problems: string[] = []
  if (argv.length === 0) return { texts, asked: undefined, problems }
  const keys = Object.keys(table)
  const byFlag = new Map(keys.filter((key) => table[key]?.kind !== 'secret').map((key) => [flagOf(key), key]))
  const positional = keys.filter((key) => table[key]?.positional !== undefined)
  const add = (key: string, text: string): void => {
    const all = texts.get(key)
    if (all === undefined) texts.set(key, [text])
    else all.push(text)
  }

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
    const [, name = '', text] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(argument) ?? []
    const key = byFlag.get(name)
    const negated = name.startsWith('no-') ? byFlag.get(name.slice(3)) : undefined
    if (key !== undefined && text !== undefined) add(key, text)
    else if (key !== undefined && table[key]?.kind === 'boolean') add(key, 'true')
    else if (key !== undefined) {
      const next = argv[index + 1]
      if (next === undefined || looksLikeFlag(next)) {
        problems.push(`${nameOf(tool, table, key)} needs a value`)
      } else {
        add(key, next)
        index++
      }
    } else if (negated !== undefined && table[negated]?.kind === 'boolean' && text === undefined) add(negated, 'false')
    else {
      // Without its value, which may be a secret.
      const flag = argument.replace(/[=\s][\s\S]*/, '')
      problems.push(unknownFlag(tool, table, flag, /^\s/.test(argument.slice(flag.length))))
      // What follows most likely is its value, and may be a secret: it is not quoted as an unexpected argument.
      const next = argv[index + 1]
      if (!argument.includes('=') && next !== undefined && !next.startsWith('-')) index++
    }
  }
  for (const [key, all] of texts) {
    if (all.length > 1 && table[key]?.list === undefined)
      problems.push(`${nameOf(tool, table, key)} is given ${all.length} times`)
  }
  return { texts, asked: undefined, problems }
}

/** A value may begin with a dash, but this most likely is the next flag, after a forgotten value. */
function looksLikeFlag(argument: string): boolean {
  return /^--[a-z][a-z0-9-]*(=|$)/.test(argument)
}

/** `joined` when a blank follows the flag in the same argument, as in `args: ["--out ip.txt"]`. */
function unknownFlag(tool: string, table: OptionTable, flag: string, joined: boolean): string {
  const keys = Object.keys(table)
  const name = flag.replace(/^-+/, '')
  const secret = keys.find((key) => table[key]?.kind === 'secret' && flagOf(key) === name.replace(/-file$/, ''))
  if (secret !== undefined) return `${flag} is not a flag: a secret comes from ${nameOf(tool, table, secret)}`
  const flags = keys.flatMap((key) => {
    const { kind, default: usual } = table[key] ?? {}
    if (kind === 'secret') return []
    return kind === 'boolean' && usual === 'true' ? [flagOf(key), `no-${flagOf(key)}`] : [flagOf(key)]
  })
  const called = keys.find((key) => table[key]?.alsoCalled.includes(name))
  const near = called === undefined ? nearest(name, flags) : flagOf(called)
  if (joined && near === name) return `${flag} and its value are one entry of args, make it two: [${flag}, VALUE]`
  return `unknown flag ${flag}${near === undefined ? '' : `, did you mean --${near}?`}`
}
