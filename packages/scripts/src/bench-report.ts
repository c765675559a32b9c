import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { chart } from './chart.ts'

/** A bench's outcome: a table for people and the same for programs. */
export type Report = {
  readonly title: string
  /** What was measured and how, in a sentence or two each. */
  readonly notes: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  /** Targets with what was reached; they inform, they never fail a run. */
  readonly targets?: readonly { readonly name: string; readonly reached: string; readonly held: boolean }[]
}

/** One file of test/bench: `npm run bench -- NAME` runs it. */
export type Bench = {
  readonly bench: (args: readonly string[]) => Promise<Report>
  /** Set where it uses test servers: an engine is then found, or started and ended again. */
  readonly needsDocker?: boolean
}

/** The table as Markdown, as the machine `by` has measured it. */
function formatReport(name: string, report: Report, by: string): string {
  const row = (cells: readonly (string | number)[]): string => `| ${cells.map(formatCell).join(' | ')} |`
  const targets = (report.targets ?? []).map(
    ({ name: target, reached, held }) => `- ${held ? 'held' : '**not held**'}: ${target} (${reached})`,
  )
  return [
    `# ${report.title}`,
    '',
    `Made by \`npm run bench -- ${name}\`: ${by}.`,
    '',
    `![${report.title}](${name}.svg)`,
    '',
    ...report.notes.flatMap((note) => [note, '']),
    row(report.columns),
    row(report.columns.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...report.rows.map(row),
    '',
    ...(targets.length > 0 ? [...targets, ''] : []),
  ].join('\n')
}

/** Writes `docs/benchmarks/NAME.json`, and the page and picture that are made of it; returns the page. */
export function writeReport(folder: string, name: string, report: Report): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ machine: machine(), ...report }, null, 2)}\n`)
  for (const [file, content] of benchPages(folder, name)) writeFileSync(join(folder, file), content)
  return formatReport(name, report, machine())
}

/** `NAME.md` and `NAME.svg` of a bench that has been run. */
export function benchPages(folder: string, name: string): readonly (readonly [file: string, content: string])[] {
  const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Report & { readonly machine: string }
  return [
    [`${name}.md`, formatReport(name, report, report.machine)],
    [`${name}.svg`, chart(report)],
  ]
}

function formatCell(cell: string | number): string {
  return typeof cell === 'number' ? String(Math.round(cell * 100) / 100) : cell
}

function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, Linux ${release()}, Node ${process.versions.node}`
}
