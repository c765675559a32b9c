import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, prepareWarmUp, readShip, root, standIn, toolNames } from '@initbox/build'
import { compare, type Contender } from './measure.ts'
import type { Report } from '@initbox/scripts/bench-report'

/** Whole-process cost of the smallest real runs of each tool, against the same Node running an empty file. Arguments: rounds, tools. */
export async function bench([rounds = '60', ...names]: readonly string[]): Promise<Report> {
  const tools = names.length > 0 ? names : toolNames()
  await buildTools(tools)
  await using stack = new AsyncDisposableStack()
  const contenders = await floors(stack)
  const goals = new Map<string, number>()
  for (const name of tools) {
    const program = join(root, 'tools', name, 'dist', `${name}.cjs`)
    for (const warmUp of (await readShip(name)).warmUps) {
      const { argv, env, cwd, reset } = stack.use(await prepareWarmUp(warmUp))
      const label = `${name} ${warmUp.label}`
      if (warmUp.goal !== undefined) goals.set(label, warmUp.goal)
      contenders.push({
        label,
        argv: [process.execPath, program, ...argv],
        env,
        cwd,
        // A second run of the same finds what the round before has left.
        ...(warmUp.rerun === true ? {} : { before: async () => reset() }),
      })
    }
  }
  const results = await compare(contenders, Number(rounds))
  return {
    title: 'Start-up',
    notes: [
      `Whole processes: start, the smallest real job, end. Medians of ${rounds} interleaved rounds; ratios are medians of each round's own ratio to the empty file.`,
    ],
    columns: ['program', 'wall ms', 'CPU ms', 'wall ×', 'CPU ×', 'peak RSS MiB'],
    rows: results.map(({ label, wall, cpu, wallRatio, cpuRatio, rss }) => [label, wall, cpu, wallRatio, cpuRatio, rss]),
    targets: results.flatMap(({ label, cpuRatio }) => {
      const goal = goals.get(label)
      if (goal === undefined) return []
      return [{ name: `${label} ≤ ${goal} × an empty file`, reached: cpuRatio.toFixed(2), held: cpuRatio <= goal }]
    }),
  }
}

/** What no tool can be faster than. */
async function floors(stack: AsyncDisposableStack): Promise<Contender[]> {
  const folder = await mkdtemp(join(tmpdir(), 'initbox-startup-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const { port, close } = await standIn(createServer((socket) => socket.destroy()))
  stack.defer(() => void close())
  await writeFile(join(folder, 'empty.cjs'), '')
  await writeFile(
    join(folder, 'net.cjs'),
    `require('node:net').connect(${port}, '127.0.0.1', function () { this.destroy() })`,
  )
  const node = (label: string, file: string): Contender => ({ label, argv: [process.execPath, file], cwd: folder })
  return [node('empty file', 'empty.cjs'), node('bare node:net connect', 'net.cjs')]
}
