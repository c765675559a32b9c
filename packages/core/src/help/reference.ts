import { commandsOf, type HelpSubject, usageOf } from './help.ts'
import { flagOf, variablesOf } from '../options/option-names.ts'
import type { Option } from '../options/option.ts'

// Not exported by index.ts: pages are made by `npm run docs`, and no bundle should contain this.

type Entry = readonly [key: string, option: Option<unknown>]

/** The Markdown page of a tool's options. Throws when the table itself is wrong: a default that its own check refuses. */
export function referencePage({ name, summary, examples = [], options }: HelpSubject): string {
  const entries = Object.entries(options)
  for (const [key, option] of entries) checkDefault(name, key, option)
  const secrets = entries.filter(([, { kind }]) => kind === 'secret')
  const open = entries.filter(([, { kind }]) => kind !== 'secret')
  const columns = ['variable', 'type', 'default', 'description']
  const parts = [
    `<!-- Made by \`npm run docs\` from tools/${name}/src/options.ts; do not edit. -->`,
    `# ${name}: options`,
    `\`${name}\` ${text(summary)}.`,
    `\`\`\`\n${usageOf(name, options)}\n\`\`\``,
    ...(examples.length === 0
      ? []
      : [`\`\`\`\n${examples.map(([does, command]) => `# ${does}\n${command}`).join('\n\n')}\n\`\`\``]),
    'A flag beats its variable, and that beats the default. Where a variable is followed by others, those count when it is not set.',
    ...section(
      'Commands',
      ['command', 'what it does'],
      commandsOf(options).map(([command, does]) => [code(command), text(does)]),
    ),
    ...section(
      'Arguments',
      ['argument', ...columns],
      open.filter(([, { positional }]) => positional !== undefined).map((entry) => openRow(name, entry)),
    ),
    ...section(
      'Flags',
      ['flag', ...columns],
      open.filter(([, { positional }]) => positional === undefined).map((entry) => openRow(name, entry)),
    ),
    ...section(
      'Secrets',
      ['variable', 'required', 'description'],
      secrets.map((entry) => secretRow(name, entry)),
      'A secret has no flag: it is the value of a variable, or the content of the file that the same variable with `_FILE` names.',
    ),
    '## Log and exit codes',
    '`LOG_FORMAT` is `text` (default) or `json`, `LOG_LEVEL` is `debug`, `info` (default), `warning` or `error`; case is of no account, and `warn`, `trace`, `fatal`, `logfmt` … are understood. ' +
      'The exit codes are [those of every tool](../../packages/core/README.md#exit-codes).',
  ]
  return `${parts.join('\n\n')}\n`
}

function openRow(name: string, [key, option]: Entry): string[] {
  const { kind, type, list, positional } = option
  const flag = kind === 'boolean' ? `--${option.default === 'true' ? 'no-' : ''}${flagOf(key)}` : `--${flagOf(key)}`
  const many = list === undefined ? '' : list.separator === undefined ? ', repeatable' : ', repeatable or with commas'
  return [
    positional === undefined ? code(flag) : `${code(`${positional}${list === undefined ? '' : '…'}`)} or ${code(flag)}`,
    variables(name, key, option),
    `${code(type)}${many}`,
    option.default === undefined ? (option.required ? 'required' : '') : code(option.default),
    text(option.help),
  ]
}

function secretRow(name: string, [key, option]: Entry): string[] {
  return [variables(name, key, { ...option, kind: 'value' }), option.required ? 'yes' : '', text(option.help)]
}

function variables(name: string, key: string, option: Option<unknown>): string {
  return variablesOf(name, key, option).map(code).join(', ')
}

function section(title: string, head: readonly string[], rows: readonly string[][], before?: string): string[] {
  if (rows.length === 0) return []
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [`## ${title}`, ...(before === undefined ? [] : [before]), table.join('\n')]
}

/** GitHub Flavored Markdown §4.10: a bar ends a cell, inside code too, unless a backslash stands before it. */
function code(value: string): string {
  return value === '' ? '' : `\`${value.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')}\``
}

function text(value: string): string {
  return value.replace(/[|<*\\[\]]/g, String.raw`\$&`).replaceAll('\n', ' ')
}

function checkDefault(name: string, key: string, { default: usual, parse, list }: Option<unknown>): void {
  if (usual === undefined) return
  try {
    for (const each of list?.separator === undefined ? [usual] : usual.split(list.separator)) parse(each.trim())
  } catch (error) {
    throw new Error(`the default of --${flagOf(key)} of ${name} is refused: ${String(error)}`, { cause: error })
  }
}
