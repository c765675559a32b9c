import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { KubernetesApi } from '../kubernetes-api.ts'
import { inside } from './node-processes.ts'

/** All that another process needs to use a running cluster. */
export type ClusterPlace = { readonly folder: string; readonly program: string; readonly holder: number }

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
    const { folder, program } = this.#place
    return this.insideCommand(program, 'kubectl', `--kubeconfig=${join(folder, 'admin.conf')}`, ...words)
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

  /** Whether Pods can be made: the node is Ready, and their service account is there. */
  async isReady(): Promise<boolean> {
    const found = await this.api.ask('GET', '/api/v1/nodes/node').catch(() => undefined)
    if (found?.status !== 200) return false
    const { status }: { status: { conditions?: { type: string; status: string }[] } } = JSON.parse(found.text)
    const isReady = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false
    return isReady && (await this.api.ask('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200
  }
}
