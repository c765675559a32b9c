import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { compare, type Contender } from './measure.ts'
import type { Report } from './report.ts'

/** A tree copied by `cp -a`, by prepare-volume, and by prepare-volume again. Arguments: rounds, files. */
export async function bench([rounds = '3', files = '100000']: readonly string[]): Promise<Report> {
  await buildTools(['prepare-volume'])
  const folder = mkdtempSync(join(tmpdir(), 'initbox-copies-'))
  try {
    makeTree(join(folder, 'source'), Number(files))
    const program = join(root, 'tools/prepare-volume/dist/prepare-volume.cjs')
    const volume = (name: string): string => join(folder, name)
    const fresh = (name: string) => async (): Promise<void> => {
      rmSync(volume(name), { recursive: true, force: true })
      mkdirSync(volume(name))
      // What was removed must not still be on its way to the disk.
      spawnSync('sync')
    }
    const argv = [process.execPath, program, '--copy', '../source -> tree'] as const
    const contenders: Contender[] = [
      { label: 'cp -a', argv: ['cp', '-a', '../source', 'tree'], cwd: volume('cp'), before: fresh('cp') },
      { label: 'prepare-volume', argv, cwd: volume('ours'), before: fresh('ours') },
      { label: 'prepare-volume, nothing to do', argv, cwd: volume('ours') },
      { label: 'cp -a, again', argv: ['cp', '-a', '../source/.', 'tree'], cwd: volume('cp') },
    ]
    for (const name of ['cp', 'ours']) mkdirSync(volume(name))
    const results = await compare(contenders, Number(rounds))
    const [, ours] = results
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
        ours === undefined
          ? []
          : [
              { name: 'wall ≤ 1.2 × cp -a', reached: ours.wallRatio.toFixed(2), held: ours.wallRatio <= 1.2 },
              { name: 'peak RSS ≤ 64 MiB', reached: `${ours.rss.toFixed(0)} MiB`, held: ours.rss <= 64 },
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
