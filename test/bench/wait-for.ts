import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { percentile } from './measure.ts'
import type { Report } from '@initbox/scripts/bench-report'
import { costs } from './wait-for/costs.ts'
import { herd } from './wait-for/herd.ts'
import { latencies } from './wait-for/latency.ts'
import { goPeers, kinds, type Peer, waitOn } from './wait-for/peers.ts'

type Target = NonNullable<Report['targets']>[number]

/** Detection latency beside the peers, cost of one check, 50 targets at once, and a herd. `runs` and `waiters` can be given. */
export async function bench([runs = '100', waiters = '300']: readonly string[]): Promise<Report> {
  await buildTools(['wait-for'])
  const program = [process.execPath, join(root, 'tools/wait-for/dist/wait-for.cjs')] as const
  const ours: Peer = {
    label: 'wait-for',
    argv: (kind, { port, file }) => {
      const target = {
        tcp: `tcp://127.0.0.1:${port}`,
        http: `http://127.0.0.1:${port}/`,
        postgres: `postgres://u@127.0.0.1:${port}/app`,
        file: `file://${file}`,
      }
      return [...program, target[kind]]
    },
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const rows: (string | number)[][] = []
  const targets: Target[] = []

  say('cost of one check')
  const results = await costs(program, Math.max(5, Math.min(40, Number(runs))))
  const budgets: Readonly<Record<string, number>> = { tcp: 1.25, redis: 1.4, postgres: 1.4, http: 2.4, https: 2.8 }
  const one = results.find(({ label }) => label === 'tcp')
  for (const { label, cpu, cpuRatio, wall, wallRatio, rss } of results) {
    rows.push([
      `start + one check: ${label}`,
      `${wall.toFixed(0)} ms (× ${wallRatio.toFixed(2)})`,
      `${cpu.toFixed(0)} ms (× ${cpuRatio.toFixed(2)})`,
      `${rss.toFixed(0)} MiB`,
    ])
    const budget = budgets[label]
    if (budget !== undefined)
      targets.push({
        name: `CPU of ${label} ≤ ${budget} × an empty file`,
        reached: cpuRatio.toFixed(2),
        held: cpuRatio <= budget,
      })
    const most = label === 'tcp' ? 60 : 75
    if (budget !== undefined)
      targets.push({ name: `RSS of ${label} ≤ ${most} MiB`, reached: rss.toFixed(0), held: rss <= most })
    if (label.startsWith('50') && one !== undefined) {
      targets.push({
        name: '50 targets ≤ 1.5 × the time of one',
        reached: (wall / one.wall).toFixed(2),
        held: wall <= 1.5 * one.wall,
      })
    }
  }

  for (const peer of [ours, await waitOn(), ...(await goPeers())]) {
    for (const kind of kinds) {
      if (peer.argv(kind, { port: 1, file: '/x' }) === undefined) continue
      say(`latency of ${peer.label}: ${kind}`)
      const found = await latencies(peer, kind, peer === ours ? Number(runs) : Math.ceil(Number(runs) / 4))
      const [median, late] = [percentile(found, 50), percentile(found, 95)]
      rows.push([
        `detection: ${peer.label} ${kind}`,
        `${median.toFixed(0)} ms median`,
        `${late.toFixed(0)} ms p95`,
        `${found.length} runs`,
      ])
      if (peer !== ours) continue
      targets.push({
        name: `detection of ${kind}: median ≤ 50 ms, p95 ≤ 300 ms`,
        reached: `${median.toFixed(0)} ms, ${late.toFixed(0)} ms`,
        held: median <= 50 && late <= 300,
      })
      targets.push({
        name: `detection of ${kind}: 5 × shorter than every second, wait4x's default`,
        reached: `500 ms / ${median.toFixed(0)} ms`,
        held: median * 5 <= 500,
      })
    }
  }

  say(`a herd of ${waiters}`)
  const { perWaiter, busiest } = await herd(program, Number(waiters), 30)
  rows.push([
    `herd of ${waiters} on 503 for 30 s`,
    `${perWaiter.toFixed(2)} requests/s each`,
    `busiest second × ${busiest.toFixed(2)}`,
    '',
  ])
  targets.push({
    name: 'a herd sends ≤ 1 request/s each, no second more than 3 × the mean',
    reached: `${perWaiter.toFixed(2)}, × ${busiest.toFixed(2)}`,
    held: perWaiter <= 1 && busiest <= 3,
  })

  return {
    title: 'wait-for',
    notes: [
      'Start and one check: whole processes on services that are ready, ratios to the same Node running an empty file. Detection: from the moment a service becomes usable, at an evenly drawn moment within 10 s, to the exit of the waiting program, five side by side; PostgreSQL is a stand-in that answers "starting up" for 300 ms after it listens.',
      'wait4x and dockerize are measured where they are on the PATH; the Go module proxy does not serve them everywhere. By their documented defaults both ask once a second, so that their median is 500 ms.',
    ],
    columns: ['what', 'wall, or median', 'CPU, or 95th percentile', 'peak RSS, or runs'],
    rows,
    targets,
  }
}
