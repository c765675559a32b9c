import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { requireProgram } from '@initbox/engine/apt'
import type { Report } from '@initbox/scripts/bench-report'
import { redis, withService } from '@initbox/testing'
import { startCluster } from '../services/warm-redis/servers.ts'
import { compare, type Contender, peakRss, type Result } from './measure.ts'
import { herd, type Herd } from './warm-redis/herd.ts'
import { type Records, writeRecords } from './warm-redis/records.ts'
import { type Sharded, shardedRuns } from './warm-redis/sharded.ts'

const program = join(root, 'tools/warm-redis/dist/warm-redis.cjs')
const byHand = join(import.meta.dirname, 'warm-redis/ioredis-pipeline.cjs')
/** How often the same records are read for the memory of a long run. */
const times = 20

export const needsDocker = true

/**
 * The same records by warm-redis, `redis-cli --pipe` and pipelines of ioredis; a Cluster of six; 30 processes with one
 * once-key; memory at 20 times the records. Arguments: records, rounds.
 */
export async function bench([count = '1000000', rounds = '3']: readonly string[]): Promise<Report> {
  await buildTools(['warm-redis'])
  await requireProgram('redis-cli', 'redis-tools')
  const folder = mkdtempSync(join(tmpdir(), 'initbox-bench-warm-'))
  try {
    const files = writeRecords(folder, Number(count))
    const single = await withService(redis, async (server) => {
      const [host = '', port = '6379'] = server.address.split(':')
      const url = `redis://${host}:${port}`
      const flush = async (): Promise<void> => void (await server.exec('redis-cli', 'FLUSHALL'))
      const results = await compare(
        contenders(files, host, port).map((each) => ({ ...each, before: flush })),
        Number(rounds),
      )
      const hand = {
        label: 'pipelines of ioredis',
        argv: [process.execPath, byHand, files.ndjson, url],
        before: flush,
      } as const
      const [ioredis] = await compare([hand], 1)
      const often = load('ndjson', url, ...Array.from({ length: times }, () => ['--in', files.ndjson]).flat())
      const longRss = await peakRss({ ...often, before: flush })
      await flush()
      return { results, ioredis, longRss, herd: await herd(program, url, folder) }
    })
    const cluster = await startCluster()
    try {
      const contender = load('Cluster of six', cluster.urls[0] ?? '', '--in', files.ndjson, '--cluster', '--ttl', '1h')
      const sharded = await shardedRuns(cluster, contender, Number(rounds))
      return report({ ...single, sharded, count: Number(count), rounds })
    } finally {
      await cluster.stop()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function load(label: string, url: string, ...argv: string[]): Contender {
  return { label, argv: [process.execPath, program, '--url', url, ...argv] }
}

function contenders(files: Records, host: string, port: string): Contender[] {
  const url = `redis://${host}:${port}`
  const pipe = (label: string, file: string): Contender => ({
    label,
    argv: ['sh', '-c', `exec redis-cli -h ${host} -p ${port} --pipe < ${file} > /dev/null`],
  })
  return [
    pipe('redis-cli --pipe', files.resp),
    load('ndjson', url, '--in', files.ndjson),
    load('resp', url, '--in', files.resp),
    load('csv', url, '--in', files.csv, '--key', 'user:${id}', '--value', '${name}'),
    pipe('redis-cli --pipe, with TTL', files.respTtl),
    load('ndjson, with TTL', url, '--in', files.ndjson, '--ttl', '1h'),
    load('ndjson, --existing skip', url, '--in', files.ndjson, '--existing', 'skip'),
  ]
}

type Measured = {
  readonly results: readonly Result[]
  readonly ioredis: Result | undefined
  readonly longRss: number
  readonly herd: Herd
  readonly sharded: Sharded
  readonly count: number
  readonly rounds: string
}

function report({ results, ioredis, longRss, herd: { processes, ...once }, sharded, count, rounds }: Measured): Report {
  const of = (label: string): Result => {
    const found = results.find((each) => each.label === label)
    if (found === undefined) throw new Error(`no result of ${label}`)
    return found
  }
  const [pipe, withTtl, ttl] = ['redis-cli --pipe', 'redis-cli --pipe, with TTL', 'ndjson, with TTL'] as const
  const ratio = (name: string, value: number, most: number) => ({
    name: `${name} ≤ ${most}`,
    reached: value.toFixed(2),
    held: value <= most,
  })
  const wall = (label: string, peer: string, most: number) =>
    ratio(`${label}: wall × ${peer}`, of(label).wall / of(peer).wall, most)
  const cpu = (label: string, peer: string, most: number) =>
    ratio(`${label}: client CPU × ${peer}`, of(label).cpu / of(peer).cpu, most)
  const speedUp = of(ttl).wall / sharded.wall
  const rss = (name: string, value: number) => ({
    name: `${name}: peak RSS ≤ 72 MiB`,
    reached: `${value.toFixed(1)} MiB`,
    held: value <= 72,
  })
  const all = [...results, ...(ioredis === undefined ? [] : [ioredis])]
  return {
    title: 'warm-redis',
    notes: [
      `${count} records, each line of ndjson 88 bytes, into Redis in a container. Medians of ${rounds} interleaved rounds. \`redis-cli --pipe\` is fed with ready-made RESP of the same records, which is its best case: it parses nothing and reads no reply's line.`,
      `${times} times the records is the same file ${times} times in one run. The Cluster has three masters and three replicas on the same machine. The herd is ${processes} processes with one once-key, started together.`,
    ],
    columns: ['what', 'wall s', 'client CPU s', 'servers CPU s', 'records/s', 'peak RSS MiB'],
    rows: [
      ...all.map((each) => [
        each.label,
        (each.wall / 1000).toFixed(2),
        (each.cpu / 1000).toFixed(2),
        '',
        Math.round(count / (each.wall / 1000)),
        each.rss.toFixed(1),
      ]),
      [
        'Cluster of six, with TTL',
        (sharded.wall / 1000).toFixed(2),
        (sharded.cpu / 1000).toFixed(2),
        (sharded.servers / 1000).toFixed(2),
        Math.round(count / (sharded.wall / 1000)),
        '',
      ],
      [`${times} × ndjson`, '', '', '', '', longRss.toFixed(1)],
      [`${processes} processes, one once-key`, (once.wall / 1000).toFixed(2), '', '', '', ''],
    ],
    targets: [
      wall('ndjson', pipe, 0.9),
      wall('resp', pipe, 1),
      wall('csv', pipe, 1.1),
      wall(ttl, withTtl, 1.15),
      wall('ndjson, --existing skip', pipe, 1.15),
      cpu('ndjson', pipe, 1.2),
      cpu(ttl, withTtl, 2),
      ratio('Cluster of six: client CPU × ndjson, with TTL', sharded.cpu / of(ttl).cpu, 1.3),
      {
        name: 'Cluster of six: ≥ 1.5 × the rate of a single server, or servers and client keep the two cores busy',
        reached: `${speedUp.toFixed(2)} ×, ${((sharded.servers + sharded.cpu) / sharded.wall).toFixed(2)} cores`,
        held: speedUp >= 1.5 || (sharded.servers + sharded.cpu) / sharded.wall >= 1.7,
      },
      rss('ndjson', of('ndjson').rss),
      rss(`${times} × ndjson`, longRss),
      {
        name: `${processes} processes: every record is written once`,
        reached: `${once.writes} of ${once.records}`,
        held: once.writes === once.records,
      },
      {
        name: `${processes} processes: the last waiter ends within lease + load`,
        reached: `${(once.lastAfter / 1000).toFixed(1)} s after the loader`,
        held: once.lastAfter <= once.lease,
      },
    ],
  }
}
