import { posix } from 'node:path'
import type { Facts } from '../environment/facts.ts'
import type { ContainerPlan } from '../kubelet/container-plan.ts'
import { messageOf } from '../kubelet/termination-message.ts'
import { ConfigError, type OnLine, type RunningContainer, type Sandbox } from '../kubelet/sandbox.ts'
import { docker, DockerError, dockerText } from './cli.ts'
import { clientListensTo, createFlags, type EngineMount } from './create-flags.ts'
import { startContainer } from './docker-container.ts'
import type { PodVolumes } from './docker-volumes.ts'
import type { Images } from './images.ts'
import type { Pause } from './pause-container.ts'

/** The volume of the runner's own files: termination messages. No volume of a Pod can have that name, it is no DNS label. */
export const ownVolume = '_pod'

/** What the containers of one Pod share on the engine. */
export type PodPlace = {
  /** Begins the name of each of its containers. */
  readonly prefix: string
  readonly labels: readonly string[]
  readonly pause: Pause
  readonly volumes: PodVolumes
  readonly images: Images
}

/** One Pod on the engine: containers that join the namespaces of its pause container. */
export class DockerSandbox implements Sandbox {
  readonly facts: Facts
  readonly startedAt: number
  readonly reachableAt: string
  readonly readFile: Sandbox['readFile']
  readonly listFiles: Sandbox['listFiles']
  readonly usage: Sandbox['usage']
  readonly #place: PodPlace

  constructor(place: PodPlace) {
    const { pause, volumes } = place
    this.facts = pause.facts
    this.startedAt = pause.startedAt
    this.reachableAt = pause.facts.podIps[0] ?? '127.0.0.1'
    this.readFile = (volume, path) => volumes.read(volume, path)
    this.listFiles = (volume) => volumes.list(volume)
    this.usage = (volume, limit) => volumes.usage(volume, limit)
    this.#place = place
  }

  async start(plan: ContainerPlan, onLine: OnLine): Promise<RunningContainer> {
    const { images, pause, volumes, labels, prefix } = this.#place
    const message = `termination/${plan.name}-${plan.attempt}`
    const [imageUser, ...mounts] = await Promise.all([
      images.user(plan.image),
      this.#messageFile(message, plan.terminationMessagePath),
      ...plan.mounts.map((mount) => volumes.mount(mount)),
    ])
    if (plan.nonRoot) refuseRoot(plan, imageUser)

    const inherited = new Map([...plan.environment].filter(([name]) => !clientListensTo(name)))
    const flags = createFlags(
      plan,
      {
        name: `${prefix}-${plan.name}-${plan.attempt}`,
        image: images.resolve(plan.image),
        imageUser,
        pause: pause.id,
        labels,
        mounts,
      },
      new Set(inherited.keys()),
    )
    const id = await dockerText(flags, { environment: inherited }).catch((error: unknown) => {
      throw error instanceof DockerError ? new ConfigError(error.message) : error
    })
    const running = await startContainer(id, onLine, () => this.#readMessage(message))
    // Only the newest run of a container is kept, as on a node; its exit and its output are known by now.
    void running.exit.then(() => docker(['rm', '--force', id])).catch(() => undefined)
    return running
  }

  async #messageFile(path: string, target: string): Promise<EngineMount> {
    const { volumes } = this.#place
    await volumes.write([
      { kind: 'folder', path: posix.join(ownVolume, 'termination'), mode: 0o755 },
      { kind: 'file', path: posix.join(ownVolume, path), mode: 0o666, content: Buffer.alloc(0) },
    ])
    return volumes.mountFile(ownVolume, path, target)
  }

  async #readMessage(path: string): Promise<string> {
    const bytes = await this.#place.volumes.read(ownVolume, path)
    return messageOf(bytes)
  }
}

/** The kubelet's check of `runAsNonRoot`, in its words. */
function refuseRoot({ user }: ContainerPlan, imageUser: string): void {
  const name = imageUser.split(':')[0] ?? ''
  if (user === undefined && name !== '' && !/^\d+$/.test(name)) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root`,
    )
  }
  if ((user ?? Number(name)) === 0) throw new ConfigError('container has runAsNonRoot and image will run as root')
}
