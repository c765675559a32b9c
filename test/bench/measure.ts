import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireProgram } from '@initbox/engine/apt'

const execute = promisify(execFile)

/** One program in a comparison. It gets `env` and nothing else of the environment, so that every run is alike. */
export type Contender = {
  readonly label: string
  readonly argv: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Puts things back to where every run begins; not measured. */
  readonly before?: () => Promise<void>
}

/** What one whole process took: wall clock and CPU (user + system) in milliseconds. */
export type Run = { readonly wall: number; readonly cpu: number }

/** Medians of a contender, and their ratios to the first contender's. Peak RSS in MiB. */
export type Result = Run & {
  readonly label: string
  readonly rss: number
  readonly wallRatio: number
  readonly cpuRatio: number
}

/**
 * Runs the contenders in turn, `runs` rounds after `warming` rounds of warming up, so that whatever else the machine does
 * hits all of them alike. Ratios are medians of the rounds' own ratios. Needs hyperfine and GNU time, from apt if need be.
 */
export async function compare(contenders: readonly Contender[], runs: number, warming = 1): Promise<Result[]> {
  await requireProgram('hyperfine', 'hyperfine')
  await requireProgram('/usr/bin/time', 'time')
  const rounds: Run[][] = []
  for (let round = 0; round < warming + runs; round++) {
    const row: Run[] = []
    for (const contender of contenders) row.push(await measure(contender))
    if (round >= warming) rounds.push(row)
  }
  const results: Result[] = []
  for (const [index, contender] of contenders.entries()) {
    const of = (pick: (run: Run, first: Run) => number): number =>
      median(rounds.flatMap((row) => (row[index] && row[0] ? [pick(row[index], row[0])] : [])))
    results.push({
      label: contender.label,
      wall: of((run) => run.wall),
      cpu: of((run) => run.cpu),
      wallRatio: of((run, first) => run.wall / first.wall),
      cpuRatio: of((run, first) => run.cpu / first.cpu),
      rss: await peakRss(contender),
    })
  }
  return results
}

/** Wall and CPU time of one run, by hyperfine. Throws when the program does not end with 0. */
export async function measure({ argv, env, cwd, before }: Contender): Promise<Run> {
  await before?.()
  const folder = await mkdtemp(join(tmpdir(), 'initbox-bench-'))
  const file = join(folder, 'run.json')
  try {
    const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    await execute('hyperfine', ['-N', '--runs', '1', '--style', 'none', '--export-json', file, command], {
      env: { PATH: process.env['PATH'], ...env },
      cwd,
    })
    const [result] = JSON.parse(await readFile(file, 'utf8')).results
    return { wall: result.mean * 1000, cpu: (result.user + result.system) * 1000 }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Peak resident memory of one run in MiB, by GNU time. */
export async function peakRss({ argv, env, cwd, before }: Contender): Promise<number> {
  await before?.()
  const { stderr } = await execute('/usr/bin/time', ['-f', 'peak %M', ...argv], {
    env: { PATH: process.env['PATH'], ...env },
    cwd,
  })
  return Number(/peak (\d+)\s*$/.exec(stderr)?.[1]) / 1024
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value below which so many percent of the values lie, between neighbours by line (as NumPy's default). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = ((sorted.length - 1) * percent) / 100
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}
