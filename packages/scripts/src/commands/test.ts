import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { NoDockerEngine, withDockerEngine } from '@initbox/engine/docker-engine'
import { removeLeftovers } from '@initbox/engine/leftovers'
import { addTotals, isGreen, noTests, totalsLine, type Totals } from '../totals.ts'
import { madeButBad, parseTestArguments, rings, type Ring } from '../rings.ts'
import { root } from '@initbox/build'
import { installPrograms } from '../programs.ts'
import { runVitest } from '../vitest-run.ts'

const asked = parseTestArguments(process.argv.slice(2))
await installPrograms(asked.rings)
const totals = await run(asked.rings)
// Alone on the last line: CI reads it.
process.stdout.write(`${totalsLine(totals)}\n`)
process.exitCode ??= isGreen(totals) ? 0 : 1

async function run(wanted: readonly Ring[]): Promise<Totals> {
  if (!wanted.some(needsDocker)) return runVitest(wanted, asked.vitest)
  try {
    return await withDockerEngine(async ({ signal }) => {
      await removeLeftovers()
      const { whole, failed } = await prepare(wanted)
      const counts = await runVitest(whole, asked.vitest, signal)
      await removeLeftovers() // of tests that Ctrl-C cut short
      return addTotals(counts, { ...noTests, failed })
    })
  } catch (error) {
    if (!(error instanceof NoDockerEngine)) throw error
    const missing = wanted.filter(needsDocker)
    for (const ring of missing) process.stderr.write(`the tests of ring '${ring}' cannot run: ${error.message}\n`)
    // CI must not be green for what it did not run.
    const count = process.env['CI'] === 'true' ? 'failed' : 'skipped'
    const rest = wanted.filter((ring) => !needsDocker(ring))
    return addTotals({ ...noTests, [count]: missing.length }, await runVitest(rest, asked.vitest))
  }
}

/** Makes the bundles and images that the rings test; returns the rings that can run, and how many failures there were. */
async function prepare(wanted: readonly Ring[]): Promise<{ readonly whole: readonly Ring[]; readonly failed: number }> {
  const codes = new Map<string | undefined, number>()
  for (const script of new Set(wanted.map((ring) => rings[ring].prepare)))
    if (script !== undefined) codes.set(script, await runScript(script))
  const broken = wanted.filter((ring) => ![0, madeButBad].includes(codes.get(rings[ring].prepare) ?? 0))
  for (const ring of broken)
    process.stderr.write(`the tests of ring '${ring}' cannot run: npm run ${rings[ring].prepare} failed, see above\n`)
  const bad = [...codes.values()].filter((code) => code === madeButBad)
  return { whole: wanted.filter((ring) => !broken.includes(ring)), failed: broken.length + bad.length }
}

/** Its results go to stderr: stdout is the tests' own. */
async function runScript(name: string): Promise<number> {
  const main = join(import.meta.dirname, '../main.ts')
  const child = spawn(process.execPath, [...process.execArgv, main, name], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  const [code] = await once(child, 'exit')
  return code ?? 1
}

function needsDocker(ring: Ring): boolean {
  return rings[ring].needsDocker
}
