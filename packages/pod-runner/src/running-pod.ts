import type { PodWorker } from './kubelet/pod-worker.ts'
import type { PodStatus } from './kubelet/status.ts'

/** A Pod that has been started, as tests and the command line see it. */
export class RunningPod {
  readonly name: string
  /** The Pod's primary address. */
  readonly ip: string
  /** Names of the volumes that the Pod itself fills. */
  readonly emptyDirs: readonly string[]
  /** The address under which this program reaches the Pod's ports; in process mode that is not `ip`. */
  readonly reachableAt: string
  /** Ends the whole run, all Pods of the manifest, and removes everything that was created. */
  readonly stop: () => Promise<void>
  readonly #worker: PodWorker

  constructor(worker: PodWorker, stop: () => Promise<void>) {
    this.name = worker.pod.metadata.name
    this.ip = worker.sandbox.facts.podIps[0] ?? ''
    this.emptyDirs = (worker.pod.spec.volumes ?? []).flatMap(({ name, emptyDir }) =>
      emptyDir === undefined ? [] : [name],
    )
    this.reachableAt = worker.sandbox.reachableAt
    this.stop = stop
    this.#worker = worker
  }

  get status(): PodStatus {
    return this.#worker.status
  }

  /** Resolves when all containers are ready or the Pod has succeeded; rejects when it fails. */
  async ready(): Promise<PodStatus> {
    const status = await this.#worker.until(({ ready, phase }) => ready || phase === 'Succeeded' || phase === 'Failed')
    if (status.phase === 'Failed') throw new Error(`Pod ${this.name} failed: ${whyFailed(status)}`)
    return status
  }

  /** Resolves when nothing of the Pod will run again, whether it succeeded or failed. */
  finished(): Promise<PodStatus> {
    return this.#worker.until(({ phase }) => phase === 'Succeeded' || phase === 'Failed')
  }

  /** Resolves when the status is as wished. */
  until(wish: (status: PodStatus) => boolean): Promise<PodStatus> {
    return this.#worker.until(wish)
  }

  /** Everything that a container wrote, over all its runs. */
  logs(container: string): string {
    return this.#worker.logs(container)
  }

  /** A file of a volume of the Pod. */
  readFile(volume: string, path: string): Promise<Buffer> {
    return this.#worker.sandbox.readFile(volume, path)
  }

  /** Paths of the files in a volume. */
  listFiles(volume: string): Promise<readonly string[]> {
    return this.#worker.sandbox.listFiles(volume)
  }
}

/** The reason of a failed Pod in one sentence. */
export function whyFailed({ reason, message, containers }: PodStatus): string {
  if (reason !== '') return `${reason}: ${message}`
  const failed = containers.find(({ role, ended }) => role !== 'sidecar' && (ended.at(-1)?.exitCode ?? 0) !== 0)
  const last = failed?.ended.at(-1)
  if (failed === undefined || last === undefined) return 'it was stopped before it was done'
  return `${failed.role === 'init' ? 'init container' : 'container'} ${failed.name} exited with ${last.exitCode}${last.message === '' ? '' : `: ${last.message}`}`
}
