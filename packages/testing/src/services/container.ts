import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mustRun, run } from '@initbox/engine/command'
import { ownerLabel } from '@initbox/engine/leftovers'
import { serviceDefinition } from '@initbox/engine/service-definitions'
import { serviceImage } from '@initbox/engine/service-images'

/** What a test may change about a service of packages/engine/services/compose.yaml. */
export type ContainerOptions = {
  /** Added to the service's own environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** Instead of the service's own command. */
  readonly command?: readonly string[]
  /** More flags for `docker run`: volumes, networks, limits. */
  readonly flags?: readonly string[]
}

/** A container of a service, running or still starting; it is gone after `stop()`, which `await using` calls. */
export type Container = AsyncDisposable & {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly host: '127.0.0.1'
  /** Where the service's main port is published; it stays the same over a restart. */
  readonly port: number
  /** All published ports by the port inside, e.g. `8222` or `53/udp`. */
  readonly ports: Readonly<Record<string, number>>
  /**
   * The container's own address: unlike a published port it refuses until the service listens, but only Linux can reach it. It
   * is another one after a restart if some other container took it meanwhile.
   */
  readonly address: string
  isRunning(): Promise<boolean>
  /** Runs a program inside and returns its standard output; failing is an Error. */
  exec(...words: string[]): Promise<string>
  /** Any command that docker has for a container: `pause`, `unpause`, `kill`, `start`, `restart`. */
  docker(verb: string, ...flags: string[]): Promise<string>
  logs(): Promise<string>
  stop(): Promise<void>
}

let containers = 0

/** Starts a service of packages/engine/services/compose.yaml and does not wait until it is usable. */
export async function startContainer(service: string, options: ContainerOptions = {}): Promise<Container> {
  const definition = serviceDefinition(service)
  const image = await serviceImage(service)
  const name = `initbox-test-${service}-${process.pid}-${++containers}`
  const environment = { ...definition.environment, ...options.environment }
  const ports = await runDetached(name, definition.ports, [
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(options.flags ?? []),
    image,
    ...(options.command ?? definition.command),
  ])
  const docker = (verb: string, ...flags: string[]): Promise<string> => mustRun('docker', [verb, ...flags, name])
  const stop = async (): Promise<void> => void (await run('docker', ['rm', '--force', '--volumes', name]))
  const findAddress = async (): Promise<string> => {
    const form = '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}'
    return (await docker('inspect', '--format', form)).split('\n')[0] ?? ''
  }
  const container = {
    name,
    environment,
    ports,
    host: '127.0.0.1' as const,
    port: ports[definition.ports[0] ?? ''] ?? 0,
    address: await findAddress(),
    isRunning: async () => (await docker('inspect', '--format', '{{.State.Running}}')) === 'true',
    exec: (...words: string[]) => mustRun('docker', ['exec', name, ...words]),
    docker: async (verb: string, ...flags: string[]) => {
      const said = await docker(verb, ...flags)
      if (verb === 'start' || verb === 'restart') container.address = await findAddress()
      return said
    },
    logs: async () => {
      const { stdout, stderr } = await run('docker', ['logs', '--tail', '50', name])
      return stdout + stderr
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return container
}

/** Publishes each port on a free one of the loopback interface; tries again when somebody took that one meanwhile. */
async function runDetached(
  name: string,
  inside: readonly string[],
  args: readonly string[],
): Promise<Record<string, number>> {
  for (let tries = 1; ; tries++) {
    const ports: Record<string, number> = {}
    for (const port of inside) ports[port] = await freePort()
    const publish = Object.entries(ports).flatMap(([port, outside]) => ['--publish', `127.0.0.1:${outside}:${port}`])
    const { code, stderr } = await run('docker', [
      'run',
      '--detach',
      '--name',
      name,
      '--label',
      ownerLabel(),
      ...publish,
      ...args,
    ])
    if (code === 0) return ports
    await run('docker', ['rm', '--force', '--volumes', name])
    if (tries === 3 || !/already (allocated|in use)/.test(stderr))
      throw new Error(`container ${name} did not start: ${stderr}`)
  }
}

/** A port of the loopback interface on which nobody listens, at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
