import { DeniedError, UsageError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { ApiError, getJson } from './call.ts'
import { accountOf, type Cluster } from './cluster.ts'
import { conclude } from './conclude.ts'
import { type Expectation, find } from './finding.ts'
import { discover, endpointSlices, type KindName, type Resource } from './kinds.ts'
import { missingRole } from './missing-role.ts'
import { WatchedList } from './watched-list.ts'

/** What a target asks the API server for. */
export type Question = Expectation & {
  readonly kind: KindName
  readonly resource: Resource | undefined
  readonly name: string | undefined
  readonly selector: string | undefined
  readonly min: number | undefined
  readonly namespace: string | undefined
}

/** The longest pause in seconds that a server may ask for. */
const longestPause = 30

/** Answers one question again and again: finds the resource, lists and watches what is asked for, and says how it stands. */
export class Lookup {
  readonly #cluster: Cluster
  readonly #question: Question
  readonly #signal: AbortSignal
  #resource: Resource | undefined
  #list: WatchedList | undefined
  /** The API server does not want to be asked before this moment of `process.uptime()`. */
  #pause = 0

  constructor(cluster: Cluster, question: Question, signal: AbortSignal) {
    this.#cluster = cluster
    this.#question = question
    this.#signal = signal
    this.#resource = question.resource
  }

  async attempt(signal: AbortSignal): Promise<string> {
    if (process.uptime() < this.#pause) throw new NotYet('throttled', 'the API server asked to come back later')
    try {
      const resource = (this.#resource ??= await discover(this.#question.kind, (path) =>
        getJson(this.#cluster, path, signal),
      ))
      const list = (this.#list ??= this.#listOf(resource))
      const { namespaced, plural } = resource
      const where = namespaced ? ` in the namespace ${this.#namespace()}` : ''
      const service = resource === endpointSlices
      const fact = conclude(await list.look(signal), { ...this.#question, service, plural, where })
      list.stop()
      return fact
    } catch (error) {
      throw error instanceof ApiError ? this.#explain(error) : error
    }
  }

  async change(signal: AbortSignal): Promise<void> {
    if (this.#list !== undefined) return this.#list.change(signal)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }

  #namespace(): string {
    return this.#question.namespace ?? this.#cluster.namespace()
  }

  #listOf(resource: Resource): WatchedList {
    const { name, selector = '' } = this.#question
    const { group, version, plural, namespaced } = resource
    const field =
      resource === endpointSlices ? 'labelSelector=kubernetes.io/service-name' : 'fieldSelector=metadata.name'
    // RBAC's resourceNames allow a list and a watch of just this field.
    const chosen =
      name === undefined ? `labelSelector=${encodeURIComponent(selector)}` : `${field}%3D${encodeURIComponent(name)}`
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    const path = `${root}${namespaced ? `/namespaces/${this.#namespace()}` : ''}/${plural}?${chosen}`
    const query = { path, find: (object: unknown) => find(resource, this.#question, object) }
    return new WatchedList(this.#cluster, query, this.#signal)
  }

  #explain(error: ApiError): Error {
    const { status, message } = error
    const details = { cause: error }
    if (status === 401) {
      const hint = 'the token of the service account is not accepted: has it expired, or another audience?'
      return new DeniedError(`401 ${message}`, { hint, ...details })
    }
    if (status === 403) return this.#denied(error)
    // As for a selector that is none.
    if (status === 400) return new UsageError(message, details)
    if (status === 404) return new NotYet('no such kind', message, { gone: true, ...details })
    this.#pause = process.uptime() + Math.min(error.retryAfter, longestPause)
    return new NotYet(
      status === 429 ? 'throttled' : String(status),
      `the API server said ${status}: ${message}`,
      details,
    )
  }

  #denied(error: ApiError): Error {
    const resource = this.#resource
    if (resource === undefined) return new DeniedError(error.message, { cause: error })
    const [, said] = /"system:serviceaccount:([\w.-]+:[\w.-]+)"/.exec(error.message) ?? []
    const account = said ?? accountOf(this.#cluster.token()) ?? `${this.#namespace()}:default`
    const name = resource === endpointSlices ? undefined : this.#question.name
    return missingRole(error.message, { resource, namespace: this.#namespace(), name, account }, error)
  }
}
