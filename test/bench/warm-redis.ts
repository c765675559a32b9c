import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { requireProgram } from '@initbox/engine/apt'
import { redis, withService } from '@initbox/testing'
import { startCluster } from '../services/warm-redis/servers.ts'
import { compare, type Contender, type Result } from './measure.ts'
import type { Report } from '@initbox/scripts/bench-report'
import { writeRecords } from './warm-redis/records.ts'

const program = join(root, 'tools/warm-redis/dist/warm-redis.cjs')
const byHand = join(import.meta.dirname, 'warm-redis/ioredis-pipeline.cjs')

export const needsDocker = true

/** The same records by warm-redis, `redis-cli --pipe` and pipelines of ioredis; a Cluster of six. Arguments: records, rounds. */
export async function bench([count = '300000', rounds = '3']: readonly string[]): Promise<Report> {
  await buildTools(['warm-redis'])
  await requireProgram('redis-cli', 'redis-tools')
  const folder = mkdtempSync(join(tmpdir(), 'initbox-bench-warm-'))
  try {
    const files = writeRecords(folder, Number(count))
    const load = (label: string, url: string, ...argv: string[]): Contender => ({
      label,
      argv: [process.execPath, program, '--url', url, ...argv],
    })
    const single = await withService(redis, async (server) => {
      const [host = '', port = '6379'] = server.address.split(':')
      const url = `redis://${host}:${port}`
      const pipe = (label: string, file: string): Contender => ({
        label,
        argv: ['sh', '-c', `exec redis-cli -h ${host} -p ${port} --pipe < ${file} > /dev/null`],
      })
      const ttl = ['--ttl', '1h']
      const before = async (): Promise<void> => void (await server.exec('redis-cli', 'FLUSHALL', 'ASYNC'))
      const contenders = [
        pipe('redis-cli --pipe', files.resp),
        load('ndjson', url, '--in', files.ndjson),
        load('resp', url, '--in', files.resp),
        load('csv', url, '--in', files.csv, '--key', 'user:${id}', '--value', '${name}'),
        pipe('redis-cli --pipe, with TTL', files.respTtl),
        load('ndjson, with TTL', url, '--in', files.ndjson, ...ttl),
        load('ndjson, --existing skip', url, '--in', files.ndjson, '--existing', 'skip'),
        { label: 'pipelines of ioredis', argv: [process.execPath, byHand, files.ndjson, url] } as const,
      ]
      return compare(
        contenders.map((contender) => ({ ...contender, before })),
        Number(rounds),
      )
    })
    const cluster = await startCluster()
    let sharded: Result[]
    try {
      const before = async (): Promise<void> => {
        await Promise.all([7001, 7002, 7003].map((port) => cluster.cli(port, 'FLUSHALL', 'ASYNC')))
      }
      const url = cluster.urls[0] ?? ''
      sharded = await compare(
        [{ ...load('Cluster of six', url, '--in', files.ndjson, '--cluster'), before }],
        Number(rounds),
      )
    } finally {
      await cluster.stop()
    }
    return report([...single, ...sharded], Number(count), rounds)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function report(results: readonly Result[], count: number, rounds: string): Report {
  const of = (label: string): Result => {
    const found = results.find((each) => each.label === label)
    if (found === undefined) throw new Error(`no result of ${label}`)
    return found
  }
  const wall = (label: string, peer: string, most: number) => {
    const ratio = of(label).wall / of(peer).wall
    return { name: `${label}: wall ≤ ${most} × ${peer}`, reached: ratio.toFixed(2), held: ratio <= most }
  }
  const [pipe, withTtl] = ['redis-cli --pipe', 'redis-cli --pipe, with TTL']
  const cpu = (label: string, peer: string, most: number) => {
    const ratio = of(label).cpu / of(peer).cpu
    return { name: `${label}: client CPU ≤ ${most} × ${peer}`, reached: ratio.toFixed(2), held: ratio <= most }
  }
  const { rss } = of('ndjson')
  return {
    title: 'warm-redis',
    notes: [
      `${count} records, each line of ndjson 90 bytes, into Redis in a container. Medians of ${rounds} interleaved rounds. \`redis-cli --pipe\` is fed with ready-made RESP of the same records, which is its best case: it parses nothing and reads no reply's line.`,
    ],
    columns: ['what', 'wall s', 'client CPU s', 'records/s', 'peak RSS MiB'],
    rows: results.map((each) => [
      each.label,
      (each.wall / 1000).toFixed(2),
      (each.cpu / 1000).toFixed(2),
      Math.round(count / (each.wall / 1000)),
      each.rss,
    ]),
    targets: [
      wall('ndjson', pipe, 0.9),
      wall('resp', pipe, 1),
      wall('csv', pipe, 1.1),
      wall('ndjson, with TTL', withTtl, 1.15),
      wall('ndjson, --existing skip', pipe, 1.15),
      cpu('ndjson', pipe, 1.2),
      cpu('ndjson, with TTL', withTtl, 2),
      cpu('Cluster of six', 'ndjson, with TTL', 1.3),
      { name: 'peak RSS ≤ 72 MiB', reached: rss.toFixed(0), held: rss <= 72 },
    ],
  }
}
