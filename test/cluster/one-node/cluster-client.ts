import { join } from 'node:path'
import { mustRun, run } from '@initbox/engine/command'
import { KubernetesApi } from '../kubernetes-api.ts'
import { ctr } from './containerd.ts'
import { memoryPeak, type MemoryPeak } from './memory-peak.ts'
import { inside } from './node-processes.ts'

/** All that another process needs to use a running cluster. */
export type ClusterPlace = {
  /** Its control group's too. */
  readonly name: string
  readonly folder: string
  readonly program: string
  /** The process whose network and mounts are the node's. */
  readonly holder: number
}

/** An administrator of a running cluster. */
export class ClusterClient {
  readonly api: KubernetesApi
  readonly #place: ClusterPlace

  constructor(place: ClusterPlace) {
    this.#place = place
    this.api = new KubernetesApi(() => ({ socketPath: join(place.folder, 'api.sock') }))
  }

  /** kubectl, where the API server can be reached. */
  kubectlCommand(...words: readonly string[]): [string, readonly string[]] {
    return this.insideCommand(this.#place.program, 'kubectl', this.asAdmin, ...words)
  }

  /** The flag by which kubectl and helm are an administrator. */
  get asAdmin(): string {
    return `--kubeconfig=${join(this.#place.folder, 'admin.conf')}`
  }

  /** Any command in the network and with the mounts of the node. */
  insideCommand(...words: readonly string[]): [string, readonly string[]] {
    const [nsenter = '', ...flags] = inside(this.#place.holder, process.cwd())
    return [nsenter, [...flags, ...words]]
  }

  /** What kubectl prints; a failure is an Error with what it says. */
  kubectl(...words: readonly string[]): Promise<string> {
    return mustRun(...this.kubectlCommand(...words))
  }

  /** What a container has come to at most, by its id in its Pod's status. */
  memoryPeak(containerId: string): MemoryPeak {
    return memoryPeak(this.#place.folder, this.#place.name, containerId)
  }

  /** Where a volume of a Pod that the kubelet has made lies, as this process sees it. */
  emptyDir(uid: string, volume: string): string {
    const { holder, folder } = this.#place
    return join(`/proc/${holder}/root`, folder, 'kubelet/pods', uid, 'volumes/kubernetes.io~empty-dir', volume)
  }

  /** Kills the container that holds a Pod's namespaces, as the end of a node's run does. */
  async killSandbox(uid: string): Promise<void> {
    const filter = `labels."io.kubernetes.pod.uid"==${uid},labels."io.cri-containerd.kind"==sandbox`
    const words = ctr(this.#place.folder)
    for (const sandbox of (await mustRun('ctr', [...words, 'containers', 'list', '--quiet', filter])).split('\n'))
      await run('ctr', [...words, 'tasks', 'kill', '--signal', 'KILL', sandbox])
  }

  /** Whether Pods can be made: the node is Ready, and their service account is there. */
  async isReady(): Promise<boolean> {
    const found = await this.api.ask('GET', '/api/v1/nodes/node').catch(() => undefined)
    if (found?.status !== 200) return false
    const { status }: { status: { conditions?: { type: string; status: string }[] } } = JSON.parse(found.text)
    const isReady = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false
    return isReady && (await this.api.ask('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200
  }
}
