import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { mustRun } from '@initbox/engine/command'
import type { Place } from '../place.ts'
import type { ClusterClient } from './cluster-client.ts'

export type Ended = { readonly exitCode: number; readonly reason?: string; readonly message?: string }
export type ContainerStatus = {
  readonly name: string
  readonly containerID?: string
  readonly ready: boolean
  readonly started?: boolean
  readonly restartCount: number
  readonly state: { readonly waiting?: object; readonly running?: object; readonly terminated?: Ended }
  readonly lastState?: { readonly terminated?: Ended }
}
type ContainerSpec = {
  readonly name: string
  readonly image: string
  readonly restartPolicy?: string
  readonly volumeMounts?: readonly { readonly name: string }[]
}
export type Pod = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: {
    readonly restartPolicy?: string
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object }[]
    readonly initContainers?: readonly ContainerSpec[]
    readonly containers: readonly ContainerSpec[]
  }
  readonly status: {
    readonly phase: string
    readonly reason?: string
    readonly message?: string
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

export const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' }

/** One namespace of a running cluster, and what a test asks of it. */
export class Namespace implements Place, AsyncDisposable {
  readonly name: string
  readonly #client: ClusterClient

  constructor(client: ClusterClient, name: string) {
    this.#client = client
    this.name = name
  }

  /** A new one, which `await using` removes with all that is in it; ready for Pods. */
  static async make(client: ClusterClient, labels: object = restricted): Promise<Namespace> {
    const name = `test-${randomBytes(4).toString('hex')}`
    await client.api.create([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }])
    const made = new Namespace(client, name)
    const needed = ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']
    for (const path of needed) {
      await made.until(path, async () => (await client.api.ask('GET', `${made.path}/${path}`)).status === 200)
    }
    return made
  }

  get path(): string {
    return `/api/v1/namespaces/${this.name}`
  }

  kubectl(...words: readonly string[]): Promise<string> {
    return this.#client.kubectl('--namespace', this.name, ...words)
  }

  /** What `kubectl apply -f -` says. */
  async apply(...manifests: readonly string[]): Promise<string> {
    const command = this.#client.kubectlCommand('--namespace', this.name, 'apply', '-f', '-')
    return mustRun(...command, { input: manifests.join('\n---\n') })
  }

  async pod(name: string): Promise<Pod> {
    return JSON.parse(await this.#client.api.must('GET', `${this.path}/pods/${name}`))
  }

  /** Those with these labels, or all, that are not being deleted. */
  async pods(selector = ''): Promise<readonly Pod[]> {
    const found = await this.#client.api.must('GET', `${this.path}/pods?labelSelector=${encodeURIComponent(selector)}`)
    const { items }: { items: readonly Pod[] } = JSON.parse(found)
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  }

  /** Waits for a fact; the Error of one that does not come tells what the Pods have come to. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 150): Promise<void> {
    for (const limit = Date.now() + seconds * 1000; !(await isSo()); await sleep(200)) {
      if (Date.now() < limit) continue
      const events = await this.kubectl('get', 'events', '--sort-by=.lastTimestamp').catch(String)
      throw new Error(`${this.name}: ${what} did not come\n${await this.kubectl('describe', 'pods')}\n${events}`)
    }
  }

  async untilReady(name: string): Promise<Pod> {
    await this.until(`Pod ${name} ready`, async () => isReady(await this.pod(name)))
    return this.pod(name)
  }

  /** Waits until the Pod has succeeded or failed. */
  async untilEnded(name: string): Promise<Pod> {
    await this.until(`the end of Pod ${name}`, async () =>
      ['Succeeded', 'Failed'].includes((await this.pod(name)).status.phase),
    )
    return this.pod(name)
  }

  /** Waits for so many ready Pods with these labels, and no other. */
  async untilAllReady(selector: string, count: number): Promise<readonly Pod[]> {
    await this.until(`${count} ready Pods ${selector}`, async () => {
      const found = await this.pods(selector)
      return found.length === count && found.every(isReady)
    })
    return this.pods(selector)
  }

  /** What a Pod answers by HTTP, through the API server as `kubectl proxy` gives it. */
  async page(pod: string, path = '/', port = 8080): Promise<string> {
    return (await this.#client.api.ask('GET', `${this.path}/pods/${pod}:${port}/proxy${path}`)).text
  }

  logs(pod: string, container: string, ...flags: readonly string[]): Promise<string> {
    return this.kubectl('logs', pod, '--container', container, ...flags)
  }

  exec(pod: string, ...command: readonly string[]): Promise<string> {
    return this.kubectl('exec', pod, '--', ...command)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kubectl('delete', 'pods', '--all', '--grace-period=0', '--force', '--wait=false').catch(() => {})
    await this.#client.api.must('DELETE', `/api/v1/namespaces/${this.name}`)
  }
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

/** The status of one container, of whatever kind. */
export function containerOf({ status }: Pod, name: string): ContainerStatus | undefined {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(
    (each) => each.name === name,
  )
}
