import { randomBytes } from 'node:crypto'
import { mustRun } from '@initbox/engine/command'
import { runManifest, type Run, type RunningPod } from '@initbox/pod-runner'
import { parseAllDocuments, stringify } from 'yaml'
import { clusterImages } from './one-node/cluster-images.ts'
import type { Pod } from './one-node/namespace.ts'
import { inDocker, type Outcome, writtenVolumes } from './outcome.ts'
import type { Place } from './place.ts'
import { namedServers, serverManifest } from './servers.ts'

type Item = { readonly kind: string; readonly spec?: { readonly replicas?: number; readonly template?: Item } } & Pod

let images: ReturnType<typeof clusterImages> | undefined

/** A Docker network of its own, in which pod-runner runs one manifest after the other; gone with all that is in it. */
export class DockerPlace implements Place, AsyncDisposable {
  readonly #network: string
  readonly #runs: Run[] = []
  readonly #hosts: Record<string, string> = {}

  private constructor(network: string) {
    this.#network = network
  }

  static async make(): Promise<DockerPlace> {
    const network = `initbox-cluster-${randomBytes(4).toString('hex')}`
    await mustRun('docker', ['network', 'create', '--label', `initbox.test.owner=${process.pid}`, network])
    return new DockerPlace(network)
  }

  /** Starts what a manifest has, once that which it names of servers.ts is there. */
  async apply(manifest: string): Promise<Run> {
    for (const [name, prepare] of Object.entries(namedServers)) {
      const host = `${name}.servers`
      if (!manifest.includes(host) || this.#hosts[host] !== undefined) continue
      await this.beside(name, host)
      await prepare(this)
    }
    images ??= clusterImages()
    const shared = { network: this.#network, images: await images, hosts: this.#hosts }
    const started = await runManifest(manifest, { mode: 'docker', ...shared })
    this.#runs.push(started)
    return started
  }

  /** A server of the folder servers, which all that come after it find by this name, or by that of its Pod. */
  async beside(server: string, host?: string): Promise<void> {
    const [pod] = (await this.apply(serverManifest(server))).pods
    if (pod === undefined) throw new Error(`there is no Pod in ${server}.yaml`)
    this.#hosts[host ?? pod.name] = pod.ip
    await pod.ready()
  }

  async untilReady(pod: string): Promise<void> {
    await this.#pod(pod).ready()
  }

  async exec(pod: string, ...command: readonly string[]): Promise<string> {
    const main = this.#pod(pod).status.containers.find(({ role }) => role === 'main')
    const prefix = `${await this.#prefix(pod)}-${main?.name}-`
    const names = await mustRun('docker', ['ps', '--format', '{{.Names}}'])
    const container = names
      .split('\n')
      .find((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    return mustRun('docker', ['exec', container ?? '', ...command])
  }

  /** Waits for the end or the readiness of all Pods, and says what they have come to. */
  async outcome(manifest: string, { pods }: Run): Promise<readonly Outcome[]> {
    const specs = parseAllDocuments(manifest).map((each): Item => each.toJS())
    return inDocker(
      await Promise.all(
        pods.map(async (pod) => {
          const { spec = undefined } =
            specs.find(({ kind, metadata }) => kind === 'Pod' && metadata.name === pod.name) ??
            specs.find(
              ({ spec: its, metadata }) =>
                its?.template !== undefined && pod.name.replace(/-\d+$/, '') === metadata.name,
            )?.spec?.template ??
            {}
          const ends = (spec?.restartPolicy ?? 'Always') !== 'Always'
          await pod.until(({ ready, phase }) => (ready && !ends) || /Succeeded|Failed/.test(phase))
          const volumes = spec === undefined ? [] : writtenVolumes(spec)
          const folders = volumes.map(async (name) => [name, await this.#folder(pod, name)] as const)
          return { pod, folders: Object.fromEntries(await Promise.all(folders)) }
        }),
      ),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#runs.map((each) => each.stop()))
    await mustRun('docker', ['network', 'rm', this.#network])
  }

  #pod(name: string): RunningPod {
    const found = this.#runs.flatMap(({ pods }) => pods).find((pod) => pod.name === name)
    if (found === undefined) throw new Error(`there is no Pod '${name}'`)
    return found
  }

  async #folder({ name }: RunningPod, volume: string): Promise<string> {
    return mustRun('docker', [
      'volume',
      'inspect',
      '--format',
      '{{.Mountpoint}}',
      `${await this.#prefix(name)}-${volume}`,
    ])
  }

  /** How pod-runner calls what it makes for a Pod. */
  async #prefix(pod: string): Promise<string> {
    const words = ['ps', '--filter', `network=${this.#network}`, '--format', '{{.Names}}']
    const names = (await mustRun('docker', words)).split('\n')
    const pause = names.find((name) => new RegExp(`^initbox-[\\da-f]+-${pod}-pause$`).test(name))
    if (pause === undefined) throw new Error(`no container holds Pod ${pod}`)
    return pause.replace(/-pause$/, '')
  }
}

/** The same manifest without what pod-runner does not know. */
export const withoutCronJobs = (manifest: string): string =>
  parseAllDocuments(manifest)
    .map((each): Item => each.toJS())
    .filter(({ kind }) => kind !== 'CronJob')
    .map((each) => stringify(each))
    .join('---\n')
