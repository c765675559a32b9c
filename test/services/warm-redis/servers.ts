import { setTimeout as sleep } from 'node:timers/promises'
import { redis, type Service, startService } from '@initbox/testing'

type Redis = Service<{ readonly url: string }>

/** Ports of the nodes, all in one container: three masters, then their replicas. */
export const ports = [7001, 7002, 7003, 7004, 7005, 7006] as const

export type Cluster = Redis & {
  /** redis-cli at a node. */
  cli(port: number, ...words: string[]): Promise<string>
  readonly urls: readonly string[]
}

/** A Cluster of six nodes on the container's own address. */
export async function startCluster(): Promise<Cluster> {
  const options = `--save '' --cluster-enabled yes --cluster-node-timeout 1000 --protected-mode no`
  const nodes = ports.map((port) => `redis-server --port ${port} ${options} --cluster-config-file /tmp/${port}.conf &`)
  const server = await startService(redis, {
    command: ['sh', '-c', `${nodes.join(' ')} exec redis-server --save '' --protected-mode no`],
  })
  const { host } = splitAddress(server.address)
  const cli = async (port: number, ...words: string[]): Promise<string> =>
    (await server.exec('redis-cli', '-p', String(port), ...words)).trimEnd()
  await until(async () => (await cli(7006, 'PING')) === 'PONG')
  const places = ports.map((port) => `${host}:${port}`)
  await server.exec('redis-cli', '--cluster', 'create', ...places, '--cluster-replicas', '1', '--cluster-yes')
  for (const port of ports) {
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
