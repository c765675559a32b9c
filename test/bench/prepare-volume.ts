import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { compare, type Contender } from './measure.ts'
import type { Report } from '@initbox/scripts/bench-report'

/** A tree copied by `cp -a`, by prepare-volume, and by prepare-volume again. Arguments: rounds, files. */
export async function bench([rounds = '2', files = '100000']: readonly string[]): Promise<Report> {
  await buildTools(['prepare-volume'])
  const folder = mkdtempSync(join(tmpdir(), 'initbox-copies-'))
  try {
    makeTree(join(folder, 'source'), Number(files))
    const program = join(root, 'tools/prepare-volume/dist/prepare-volume.cjs')
    // A new place for every run: removing a large tree makes the next files slow for minutes on ext4.
    let run = 0
    const fresh = (name: string) => async (): Promise<void> => {
      const place = join(folder, name)
      rmSync(place, { force: true })
      mkdirSync(`${place}-${++run}`)
      symlinkSync(`${name}-${run}`, place)
      spawnSync('sync')
    }
    const source = join(folder, 'source')
    const argv = [process.execPath, program, '--copy', `${source} -> tree`] as const
    const ours = { argv, cwd: join(folder, 'ours') }
    const contenders: Contender[] = [
      { label: 'cp -a', argv: ['cp', '-a', source, 'tree'], cwd: join(folder, 'cp'), before: fresh('cp') },
      { label: 'prepare-volume', ...ours, before: fresh('ours') },
      { label: 'prepare-volume, nothing to do', ...ours },
    ]
    for (const name of ['cp', 'ours']) await fresh(name)()
    const results = await compare(contenders, Number(rounds))
    const [, copied] = results
    return {
      title: 'Copies of a tree',
      notes: [
        `${files} files of 1 to 4 kB in folders of 100. Medians of ${rounds} interleaved rounds after one of warming up.`,
      ],
      columns: ['program', 'wall ms', 'CPU ms', 'wall ×', 'CPU ×', 'peak RSS MiB'],
      rows: results.map(({ label, wall, cpu, wallRatio, cpuRatio, rss }) => [
        label,
        wall,
        cpu,
        wallRatio,
        cpuRatio,
        rss,
      ]),
      targets:
        copied === undefined
          ? []
          : [
              { name: 'wall ≤ 1.2 × cp -a', reached: copied.wallRatio.toFixed(2), held: copied.wallRatio <= 1.2 },
              { name: 'peak RSS ≤ 64 MiB', reached: `${copied.rss.toFixed(0)} MiB`, held: copied.rss <= 64 },
            ],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function makeTree(top: string, files: number): void {
  for (let index = 0; index < files; index++) {
    const folder = join(top, `d${Math.floor(index / 10_000)}`, `e${Math.floor(index / 100)}`)
    if (index % 100 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `f${index}`), Buffer.alloc(1_000 + ((index * 37) % 3_000), index % 256))
  }
}
