import { setTimeout as sleep } from 'node:timers/promises'
import { redis, type Recipe, type Service, startService } from '@initbox/testing'

type Redis = Service<{ readonly url: string }>

/** Ports of the nodes, all in one container: three masters, then their replicas. */
export const ports = [7001, 7002, 7003, 7004, 7005, 7006] as const

export type Cluster = Redis & {
  /** redis-cli at a node. */
  cli(port: number, ...words: string[]): Promise<string>
  readonly urls: readonly string[]
}

type ClusterKind = {
  readonly recipe?: Recipe<{ readonly url: string }>
  /** The server's program, which starts each node. */
  readonly program?: string
  /** How many of the ports have a node; six are three masters and their replicas, three are masters. */
  readonly count?: 3 | 6
}

/** A Cluster on the container's own address. */
export async function startCluster({
  recipe = redis,
  program = 'redis-server',
  count = 6,
}: ClusterKind = {}): Promise<Cluster> {
  const used = ports.slice(0, count)
  const options = `--save '' --cluster-enabled yes --cluster-node-timeout 1000 --protected-mode no`
  const nodes = used.map((port) => `${program} --port ${port} ${options} --cluster-config-file /tmp/${port}.conf &`)
  const server = await startService(recipe, {
    command: ['sh', '-c', `${nodes.join(' ')} exec ${program} --save '' --protected-mode no`],
  })
  const { host } = splitAddress(server.address)
  const cli = async (port: number, ...words: string[]): Promise<string> =>
    (await server.exec('redis-cli', '-p', String(port), ...words)).trimEnd()
  await until(async () => (await cli(used.at(-1) ?? 0, 'PING')) === 'PONG')
  const places = used.map((port) => `${host}:${port}`)
  await server.exec(
    'redis-cli',
    '--cluster',
    'create',
    ...places,
    '--cluster-replicas',
    String(count / 3 - 1),
    '--cluster-yes',
  )
  for (const port of used) {
    await until(async () => (await cli(port, 'CLUSTER', 'INFO')).includes('cluster_state:ok'))
  }
  return Object.assign(server, { cli, urls: places.map((place) => `redis://${place}`) })
}

export function splitAddress(address: string): { host: string; port: string } {
  const [host = '', port = '6379'] = address.split(':')
  return { host, port }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    if (await isSo().catch(() => false)) return
  }
  throw new Error('the Cluster was not there within 30 s')
}
