import type { Engine, Sandbox, SandboxRequest } from '../kubelet/sandbox.ts'
import type { Pod } from '../manifest/manifest.ts'
import { dockerText } from './cli.ts'
import { DockerSandbox, ownVolume } from './docker-sandbox.ts'
import type { StandIn } from '../run-options.ts'
import { createVolume, PodVolumes, volumeEntries } from './docker-volumes.ts'
import type { EngineFacts } from './engine-facts.ts'
import { Images } from './images.ts'
import { labelFlags, removeRun, removeStale } from './labels.ts'
import { pauseImage } from './pause-image.ts'
import { startPause } from './pause-container.ts'

/** Settings of a run on Docker. */
export type DockerSettings = {
  /** A random id; labels and names carry it. */
  readonly run: string
  readonly images: ReadonlyMap<string, string>
  /** An existing network to join, instead of one of the run's own. */
  readonly network: string | undefined
  /** Gives the run's own network IPv6 addresses too. */
  readonly ipv6: boolean
  /** `NAME:IP` entries for every Pod's /etc/hosts. */
  readonly hosts: readonly string[]
  readonly onNote: (sentence: string) => void
  readonly standIn: StandIn
}

/** Runs Pods as containers of a Docker engine. */
export class DockerEngine implements Engine {
  readonly mode = 'docker'
  readonly description: string
  readonly node: Engine['node']
  readonly #arch: string
  readonly #settings: DockerSettings
  readonly #images: Images
  #network: Promise<string> | undefined

  constructor(facts: EngineFacts, settings: DockerSettings) {
    this.description = `docker: real containers on Docker ${facts.version}`
    this.node = { nodeName: facts.name, allocatable: { cpus: facts.cpus, memory: facts.memory } }
    this.#arch = facts.arch
    this.#settings = settings
    this.#images = new Images(settings.images, settings.onNote, settings.standIn)
  }

  limitations(): readonly string[] {
    return []
  }

  async prepare(pods: readonly Pod[], signal: AbortSignal | undefined): Promise<void> {
    await removeStale()
    const containers = pods.flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
    await this.#images.prepare(containers, signal)
  }

  async createSandbox({ pod, names, volumes }: SandboxRequest): Promise<Sandbox> {
    const { run, hosts } = this.#settings
    const prefix = `initbox-${run}-${pod.metadata.name}`
    const engineName = (volume: string): string => `${prefix}-${volume}`
    const own = { name: ownVolume, memory: false, sizeLimit: undefined, readOnly: false, fsGroup: undefined, nodes: [] }
    const all = [own, ...volumes]
    for (const plan of all) await createVolume(plan, engineName(plan.name), run)

    this.#network ??= this.#createNetwork()
    const labels = labelFlags(run)
    const pause = await startPause({
      pod,
      names,
      hosts,
      labels,
      name: `${prefix}-pause`,
      node: this.node,
      image: await pauseImage(this.#arch),
      network: await this.#network,
      volumes: new Map(all.map(({ name }) => [name, engineName(name)])),
    })
    const podVolumes = new PodVolumes(pause.id, all, engineName)
    await podVolumes.write(volumes.flatMap(volumeEntries))
    return new DockerSandbox({ prefix, labels, pause, volumes: podVolumes, images: this.#images })
  }

  remove(): Promise<void> {
    return removeRun(this.#settings.run)
  }

  async #createNetwork(): Promise<string> {
    const { network, run, ipv6 } = this.#settings
    if (network !== undefined) return network
    const name = `initbox-${run}`
    // Engines before 27 give no IPv6 subnet by themselves; this one is unique local (RFC 4193) with the run's id in it.
    const subnet = `fd${run.slice(0, 2)}:${run.slice(2, 6)}:${run.slice(6, 10)}::/64`
    await dockerText(['network', 'create', ...labelFlags(run), ...(ipv6 ? ['--ipv6', '--subnet', subnet] : []), name])
    return name
  }
}
