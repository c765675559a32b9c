import { type Cluster, ports } from '../../services/warm-redis/servers.ts'
import { type Contender, measure, median, type Run } from '../measure.ts'

/** Medians of loads into a Cluster in milliseconds; `servers` is the CPU time of all its nodes. */
export type Sharded = Run & { readonly servers: number }

/** Loads into a Cluster, one run more than asked for, of which the first does not count. */
export async function shardedRuns(cluster: Cluster, contender: Contender, rounds: number): Promise<Sharded> {
  const runs: Sharded[] = []
  for (let round = 0; round <= rounds; round++) {
    await Promise.all(ports.slice(0, 3).map((port) => cluster.cli(port, 'FLUSHALL')))
    const before = await cpuOf(cluster)
    const run = await measure(contender)
    if (round > 0) runs.push({ ...run, servers: (await cpuOf(cluster)) - before })
  }
  const of = (pick: (run: Sharded) => number): number => median(runs.map(pick))
  return { wall: of(({ wall }) => wall), cpu: of(({ cpu }) => cpu), servers: of(({ servers }) => servers) }
}

async function cpuOf(cluster: Cluster): Promise<number> {
  const texts = await Promise.all(ports.map((port) => cluster.cli(port, 'INFO', 'cpu')))
  const seconds = texts.flatMap((text) =>
    [...text.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, s]) => Number(s)),
  )
  return seconds.reduce((sum, each) => sum + each, 0) * 1000
}
