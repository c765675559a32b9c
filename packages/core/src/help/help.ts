import { flagOf, variablesOf } from '../options/option-names.ts'
import type { Option, OptionTable } from '../options/option.ts'

export type HelpSubject = { readonly name: string; readonly summary: string; readonly options: OptionTable }

/** The text of `--help`, at most 100 columns wide. */
export function formatHelp({ name, summary, options }: HelpSubject): string {
  const rows = Object.entries(options).map(([key, option]) => ({
    flag: flagColumn(key, option),
    text: `${option.help}${notes(name, key, option)}`,
  }))
  rows.push({ flag: '--help, --version', text: 'Print this text, or the version' })
  const width = Math.min(34, Math.max(...rows.map(({ flag }) => flag.length)) + 2)
  const lines = rows.flatMap(({ flag, text }) => {
    const [first = '', ...more] = wrap(text, 98 - width)
    const head =
      flag.length + 2 > width ? [`  ${flag}`, `  ${' '.repeat(width)}${first}`] : [`  ${flag.padEnd(width)}${first}`]
    return [...head, ...more.map((line) => `  ${' '.repeat(width)}${line}`)]
  })
  return [`${name}: ${summary}`, '', `Usage: ${usageOf(name, options)}`, '', ...lines, '', environmentNote, ''].join(
    '\n',
  )
}

const environmentNote = [
  'Every flag can also be given as the variable behind it, a repeatable one as one entry per line; the',
  'flag wins. LOG_FORMAT=text|json and LOG_LEVEL=debug|info|warning|error set the log. Exit codes:',
  '0 done, 1 a bug, 2 wrong configuration, 3 denied, 4 not found, 5 input refused, 6 output not',
  'writable, 124 not ready in time, 130/143 stopped.',
].join('\n')

/** One line: `wait-for [flags] TARGET…`. */
export function usageOf(name: string, options: OptionTable): string {
  const positional = Object.values(options).flatMap(({ positional: argument, list, required }) => {
    if (argument === undefined) return []
    const text = list === undefined ? argument : `${argument}…`
    return [required ? text : `[${text}]`]
  })
  return [name, '[flags]', ...positional].join(' ')
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
