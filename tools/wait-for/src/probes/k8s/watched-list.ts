import { NotYet } from '@initbox/net'
import { ApiError, getJson, getLines } from './call.ts'
import type { Cluster } from './cluster.ts'
import type { Finding } from './finding.ts'
import { at, type KubernetesObject, listAt, textAt } from './object.ts'

const pageSize = 50
const mostPages = 200
/** Seconds after which the list is read anew: while a watch is being opened, and should an open one have gone silent. */
const trusted = { opening: 5, open: 60 }

export type Query = {
  /** Path of the list, with its selector: `/api/v1/namespaces/web/pods?fieldSelector=…`. */
  readonly path: string
  readonly find: (object: KubernetesObject) => Finding
}

/**
 * A list of objects that a watch keeps up to date
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes). Whatever ends the watch,
 * 410 Gone too, the next look begins with a new list; without a right to watch every look is a list.
 */
export class WatchedList {
  readonly #cluster: Cluster
  readonly #query: Query
  readonly #findings = new Map<string, Finding>()
  #version = ''
  #listed = 0
  #watch: AbortController | undefined
  #live = false
  #mayWatch = true
  #moved = false
  #wake: () => void = () => {}

  /** The watch ends with the signal. */
  constructor(cluster: Cluster, query: Query, signal: AbortSignal) {
    this.#cluster = cluster
    this.#query = query
    signal.addEventListener('abort', () => this.stop(), { once: true })
  }

  /** What is there now: known from the watch, or asked for. Throws ApiError, or NotYet where there is no answer. */
  async look(signal: AbortSignal): Promise<readonly Finding[]> {
    this.#moved = false
    const age = process.uptime() - this.#listed
    // A watch begins where the list ended: what it is about to tell is not lost.
    if (this.#watch === undefined || age > trusted[this.#live ? 'open' : 'opening']) await this.#list(signal)
    return [...this.#findings.values()]
  }

  /** Resolves when something moved since the last look. */
  change(signal: AbortSignal): Promise<void> {
    if (this.#watch === undefined && this.#mayWatch && this.#version !== '') void this.#follow()
    return new Promise((resolve) => {
      this.#wake = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (this.#moved) resolve()
    })
  }

  stop(): void {
    this.#watch?.abort('the watch is over')
    this.#watch = undefined
    this.#live = false
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.stop()
    this.#version = ''
    this.#findings.clear()
    let next = ''
    for (let page = 0; page < mostPages; page++) {
      const from = next === '' ? '' : `&continue=${encodeURIComponent(next)}`
      const list = await getJson(this.#cluster, `${this.#query.path}&limit=${pageSize}${from}`, signal)
      if (!textAt(list, 'kind').endsWith('List')) throw new NotYet('unexpected answer', 'the API server sent no list')
      for (const item of listAt(list, 'items')) this.#note(item)
      next = String(at(list, 'metadata', 'continue') ?? '')
      this.#version = textAt(list, 'metadata', 'resourceVersion')
      if (next === '') break
    }
    if (next !== '') throw new NotYet('too many', `there are more than ${pageSize * mostPages} objects`)
    this.#listed = process.uptime()
  }

  async #follow(): Promise<void> {
    const watch = new AbortController()
    this.#watch = watch
    const path = `${this.#query.path}&watch=1&resourceVersion=${encodeURIComponent(this.#version)}`
    const begun = (): void => void (this.#live = this.#watch === watch)
    try {
      await getLines(this.#cluster, path, begun, (event) => this.#take(event), watch.signal)
    } catch (error) {
      // 403: may list, may not watch. Anything else is found out, and told, by the next list.
      if (error instanceof ApiError && [403, 404, 405].includes(error.status)) this.#mayWatch = false
    }
    if (this.#watch === watch) this.stop()
  }

  #take(event: unknown): void {
    const type = textAt(event, 'type')
    const { object } = event as { readonly object?: unknown }
    if (type === 'DELETED') this.#findings.delete(nameOf(object))
    else if (type === 'ADDED' || type === 'MODIFIED') this.#note(object)
    else throw new ApiError(0, `the watch ended: ${textAt(object, 'message')}`)
    this.#moved = true
    this.#wake()
  }

  #note(object: KubernetesObject): void {
    this.#findings.set(nameOf(object), this.#query.find(object))
  }
}

function nameOf(object: KubernetesObject): string {
  return textAt(object, 'metadata', 'name')
}
