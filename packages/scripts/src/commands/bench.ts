import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, writeReport } from '../bench-report.ts'
import { withDockerEngine } from '@initbox/engine/docker-engine'
import { root } from '@initbox/build'

const folder = join(root, 'test/bench')
const [name = '', ...args] = process.argv.slice(2)

if (!benches().includes(name)) throw new Error(`no bench '${name}', there are ${benches().join(', ')}`)
const { bench, needsDocker = false }: Bench = await import(join(folder, `${name}.ts`))
const report = await (needsDocker ? withDockerEngine(() => bench(args)) : bench(args))
process.stdout.write(writeReport(join(root, 'docs/benchmarks'), name, report))

/** The files of test/bench that are a bench, by name; the others measure and report. */
function benches(): string[] {
  return readdirSync(folder)
    .filter((each) => each.endsWith('.ts') && !['measure.ts', 'report.ts'].includes(each) && !each.endsWith('.test.ts'))
    .map((each) => each.replace('.ts', ''))
}
