import { flagOf, variablesOf } from '../options/option-names.ts'
import type { Option, OptionTable } from '../options/option.ts'

export type HelpSubject = {
  readonly name: string
  readonly summary: string
  readonly examples?: readonly Example[]
  readonly options: OptionTable
}

/** A command as one would type it, and what it does in a few words. */
export type Example = readonly [does: string, command: string]

/** The text of `--help`: examples first, then the options in groups. `columns` is the width of the terminal. */
export function formatHelp({ name, summary, examples = [], options }: HelpSubject, columns: number): string {
  const wide = Math.max(60, Math.min(columns, 120))
  const groups = Map.groupBy(Object.entries(options), ([key, option]) => groupOf(key, option))
  const rows = (entries: readonly (readonly [string, Option<unknown>])[]): Row[] =>
    entries.map(([key, option]) => ({
      flag: flagColumn(key, option),
      text: `${option.help}${notes(name, key, option)}`,
    }))
  const last = { flag: '--help, --version', text: 'Print this text, or the version' }
  const all = groupNames.map((group) => ({
    group,
    rows: [...rows(groups.get(group) ?? []), ...(group === 'Options' ? [last] : [])],
  }))
  const column = Math.min(34, Math.max(...all.flatMap((each) => each.rows.map(({ flag }) => flag.length))) + 2)
  const commands = commandsOf(options).map(([flag, text]) => ({ flag, text }))
  return [
    wrap(`${name}: ${summary}`, wide).join('\n'),
    `Usage: ${usageOf(name, options)}`,
    ...(examples.length === 0 ? [] : [['Examples:', ...examples.flatMap(formatExample)].join('\n')]),
    ...(commands.length === 0 ? [] : [formatGroup({ group: 'Commands', rows: commands }, column, wide)]),
    ...all.filter((each) => each.rows.length > 0).map((each) => formatGroup(each, column, wide)),
    wrap(environmentNote, wide).join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

type Row = { readonly flag: string; readonly text: string }

function formatExample([does, command]: Example): string[] {
  return [`  # ${does}`, `  ${command}`]
}

function formatGroup({ group, rows }: { group: string; rows: readonly Row[] }, column: number, wide: number): string {
  const indent = ' '.repeat(column + 2)
  const lines = rows.flatMap(({ flag, text }) => {
    const [first = '', ...more] = wrap(text, wide - column - 2)
    const head = flag.length + 2 > column ? [`  ${flag}`, indent + first] : [`  ${flag.padEnd(column)}${first}`]
    return [...head, ...more.map((line) => indent + line)]
  })
  return [`${group}:`, ...lines].join('\n')
}

const groupNames = ['Arguments', 'Options', 'Logging in', 'TLS and proxy', 'Time', 'As a sidecar'] as const

/** What kind of option it is. Every tool names options alike, so the name says it. */
function groupOf(key: string, { positional, kind }: Option<unknown>): (typeof groupNames)[number] {
  if (positional !== undefined) return 'Arguments'
  if (/^(watch|listen|onChange|maxStale)$/.test(key)) return 'As a sidecar'
  if (/^(tls|ssl)[A-Z]|^(proxy|sentinelTls)$/.test(key)) return 'TLS and proxy'
  if (/timeout$/i.test(key) || /^(interval|successes|within|splay|minRate|leaseDuration)$/.test(key)) return 'Time'
  const login =
    /^(vault|aws|github|ssh|host)[A-Z]|^(user|username|passfile|auth|netrc|knownHosts|dockerConfig|sentinelUser)$/
  return kind === 'secret' || (login.test(key) && key !== 'hostName') ? 'Logging in' : 'Options'
}

const environmentNote =
  'Every flag can also be given as the variable behind it, a repeatable one as one entry per line; the flag wins. ' +
  'LOG_FORMAT=text|json and LOG_LEVEL=debug|info|warning|error set the log. Exit codes: 0 done, 1 a bug, ' +
  '2 wrong configuration, 3 denied, 4 not found, 5 input refused, 6 output not writable, 124 not ready in time, ' +
  '130/143 stopped.'

/** One line: `wait-for [flags] TARGET…`. */
export function usageOf(name: string, options: OptionTable): string {
  const positional = Object.values(options).flatMap(({ positional: argument, list, required }) => {
    if (argument === undefined) return []
    const text = list === undefined ? argument : `${argument}…`
    return [required ? text : `[${text}]`]
  })
  return [name, '[flags]', ...positional].join(' ')
}

/** What each command of a tool does. */
export function commandsOf(options: OptionTable): [command: string, does: string][] {
  return Object.values(options).flatMap(({ commands }) => Object.entries(commands))
}

function flagColumn(key: string, option: Option<unknown>): string {
  if (option.kind === 'secret') return '(variable only)'
  if (option.positional !== undefined) return option.list === undefined ? option.positional : `${option.positional}…`
  if (option.kind === 'boolean') return `--${option.default === 'true' ? 'no-' : ''}${flagOf(key)}`
  return `--${flagOf(key)} ${option.type}`
}

function notes(name: string, key: string, option: Option<unknown>): string {
  const variables = variablesOf(name, key, option).map((each) => `$${each}`)
  const parts = [variables.join(', ')]
  if (option.list !== undefined) parts.push('repeatable')
  if (option.required) parts.push('required')
  if (option.default !== undefined && option.default !== 'false') parts.push(`default ${option.default}`)
  return ` [${parts.join('; ')}]`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
