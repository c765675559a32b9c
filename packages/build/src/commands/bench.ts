import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, formatReport, writeReport } from '../../../../test/bench/report.ts'
import { root } from '../root.ts'

const folder = join(root, 'test/bench')
const [name = '', ...args] = process.argv.slice(2)
const file = join(folder, `${name}.ts`)
if (!/^[a-z-]+$/.test(name) || !existsSync(file) || !benches().includes(name)) {
  process.stderr.write(`bench: no bench '${name}', there are ${benches().join(', ')}\n`)
  process.exitCode = 2
} else {
  const { bench }: Bench = await import(file)
  const report = await bench(args)
  writeReport(join(root, 'docs/benchmarks'), name, report)
  process.stdout.write(formatReport(name, report))
}

/** The files of test/bench that are a bench, by name; the others measure and report. */
function benches(): string[] {
  return readdirSync(folder)
    .filter((each) => each.endsWith('.ts') && !['measure.ts', 'report.ts'].includes(each) && !each.endsWith('.test.ts'))
    .map((each) => each.replace('.ts', ''))
}
