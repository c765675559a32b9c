import { flagOf, type Option, type OptionTable } from '@initbox/core'
import { commonParameters } from './parameters.ts'
import { probes } from './probes/index.ts'

/** The page TARGETS.md: every kind of target with its parameters, from the same tables that check them. */
export async function targetsPage(): Promise<string> {
  const byReady = new Map<string, { schemes: string[]; example: string; parameters: OptionTable }>()
  for (const [scheme, load] of Object.entries(probes)) {
    const { ready, example, parameters } = (await load()).probe
    const entry = byReady.get(ready) ?? { schemes: [], example, parameters }
    byReady.set(ready, { ...entry, schemes: [...entry.schemes, scheme] })
  }
  const sections = [...byReady].map(([ready, { schemes, example, parameters }]) =>
    [`## ${schemes.join(', ')}`, '', `Ready: ${ready}.`, '', `    ${example}`, '', ...table(parameters)].join('\n'),
  )
  const common = ['## Every target', '', ...table(commonParameters)].join('\n')
  const note =
    "Made from the probes' own tables; `npx vitest run tools/wait-for/src/reference.test.ts -u` writes it anew."
  return `# Targets of wait-for\n\n${note}\n\n${common}\n${sections.join('\n')}`
}

function table(parameters: OptionTable): string[] {
  const rows = Object.entries(parameters).map(
    ([key, option]) => `| \`${flagOf(key)}\` | ${cell(typeOf(option))} | ${cell(option.help)}${usual(option)} |`,
  )
  return rows.length === 0 ? [] : ['| parameter | value | |', '|---|---|---|', ...rows, '']
}

function typeOf({ type, list }: Option<unknown>): string {
  return list === undefined ? type : `${type}, repeatable`
}

function usual({ kind, default: text }: Option<unknown>): string {
  return kind === 'boolean' || text === undefined ? '' : ` (default \`${text}\`)`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
