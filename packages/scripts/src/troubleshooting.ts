import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, toolNames } from '@initbox/build'
import { exitCode } from '@initbox/core'
import { collectHints, type Hint } from './hints.ts'

/** The generated sections of docs/troubleshooting.md by name: for each exit code a table of messages and hints. */
export function troubleshootingSections(): Record<string, string> {
  const { hints, unknown, parents } = collectHints()
  if (unknown.length > 0) throw new Error(`hints whose text nobody finds: ${unknown.join(', ')}`)
  const rows = Map.groupBy(hints, ({ error }) => codeOf(error, parents))
  return Object.fromEntries(
    ['2', '3', '4', '5', '6', '124', 'warning', 'any'].map((code) => [`hints-${code}`, table(rows.get(code) ?? [])]),
  )
}

const codes: Readonly<Record<string, string>> = {
  UsageError: String(exitCode.usage),
  DeniedError: String(exitCode.denied),
  NotFoundError: String(exitCode.notFound),
  RefusedError: String(exitCode.refused),
  OutputError: String(exitCode.output),
  NotReadyError: String(exitCode.notReady),
  warning: 'warning',
}

/** `any` for what is said with several codes, by the answer of a server. */
function codeOf(error: string | undefined, parents: ReadonlyMap<string, string>): string {
  if (error === undefined) return 'any'
  return codes[error] ?? codeOf(parents.get(error), parents)
}

function table(hints: readonly Hint[]): string {
  const rows = hints.map(({ message, hint, file }) => `| ${cell(message)} | ${cell(hint)} | ${placeOf(file)} |`)
  return ['| what it says | hint | who |', '|---|---|---|', ...new Set(rows.toSorted())].join('\n') + '\n'
}

function cell(text: string): string {
  return text === '' ? '…' : text.replace(/[|<*]/g, String.raw`\$&`)
}

/** The tool that says it, or those that have the package. */
function placeOf(file: string): string {
  const [, kind, name = ''] = /^(tools|packages)\/([^/]+)\//.exec(file) ?? []
  if (kind === 'tools') return name
  const users = toolNames().filter((tool) => roomsOf(join('tools', tool)).has(`@initbox/${name}`))
  return users.length === toolNames().length ? 'every tool' : users.length > 4 ? 'several' : users.join(', ')
}

/** The packages of ours that a folder uses, by itself or through others. */
function roomsOf(folder: string): Set<string> {
  const file = join(root, folder, 'package.json')
  if (!existsSync(file)) return new Set()
  const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(readFileSync(file, 'utf8'))
  const own = Object.keys(dependencies).filter((name) => name.startsWith('@initbox/'))
  return new Set([...own, ...own.flatMap((name) => [...roomsOf(name.replace('@initbox', 'packages'))])])
}
