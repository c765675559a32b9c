import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { compare, type Contender, type Result } from './measure.ts'
import type { Report } from './report.ts'

/** Whole-process cost of the smallest real job of each tool, against the same Node running an empty file. */
export async function bench([runs = '60']: readonly string[]): Promise<Report> {
  await buildTools()
  const folder = await mkdtemp(join(tmpdir(), 'initbox-startup-'))
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await writeFile(join(folder, 'empty.cjs'), '')
    await writeFile(
      join(folder, 'net.cjs'),
      `require('node:net').connect(${port}, '127.0.0.1', function () { this.destroy() })`,
    )
    const tool = (name: string): string => join(root, 'tools', name, 'dist', `${name}.cjs`)
    const node = (label: string, ...argv: string[]): Contender => ({
      label,
      argv: [process.execPath, ...argv],
      cwd: folder,
    })
    const contenders: Contender[] = [
      node('empty file', 'empty.cjs'),
      node('bare node:net connect', 'net.cjs'),
      node('wait-for tcp://', tool('wait-for'), `tcp://127.0.0.1:${port}`),
      {
        ...node('write-pod-ip --out ip.txt', tool('write-pod-ip'), '--out', 'ip.txt'),
        env: { POD_IP: '10.244.1.7' },
        before: () => rm(join(folder, 'ip.txt'), { force: true }),
      },
      {
        ...node('render-template', tool('render-template'), '--template', 'Hello, ${NAME}!', '--out', 'index.html'),
        env: { NAME: 'World' },
        before: () => rm(join(folder, 'index.html'), { force: true }),
      },
    ]
    return describe(await compare(contenders, Number(runs)), Number(runs))
  } finally {
    server.close()
    await rm(folder, { recursive: true })
  }
}

function describe(results: readonly Result[], runs: number): Report {
  const ratio = (label: string): Result | undefined => results.find((result) => result.label.startsWith(label))
  return {
    title: 'Start-up',
    notes: [
      `Whole processes: start, the smallest real job, end. Medians of ${runs} interleaved rounds; ratios are medians of each round's own ratio to the empty file.`,
    ],
    columns: ['program', 'wall ms', 'CPU ms', 'wall ×', 'CPU ×', 'peak RSS MiB'],
    rows: results.map(({ label, wall, cpu, wallRatio, cpuRatio, rss }) => [label, wall, cpu, wallRatio, cpuRatio, rss]),
    targets: ['wait-for', 'write-pod-ip'].map((name) => {
      const { wallRatio = Number.NaN, cpuRatio = Number.NaN } = ratio(name) ?? {}
      return {
        name: `${name} ≤ 1.25 × an empty file`,
        reached: `wall ${wallRatio.toFixed(2)}, CPU ${cpuRatio.toFixed(2)}`,
        held: wallRatio <= 1.25 && cpuRatio <= 1.25,
      }
    }),
  }
}
