import type { Clock } from '@initbox/core'
import type { Sources } from '../environment/container-environment.ts'
import type { Pod } from '../manifest/manifest.ts'
import { ContainerWorker } from './container-worker.ts'
import { watchDeadline, watchVolumes } from './pod-limits.ts'
import { roleOf } from './restart.ts'
import { ConfigError, type Sandbox } from './sandbox.ts'
import type { PodEvent, PodStatus, Termination } from './status.ts'
import { Watched } from './watched.ts'

/** What a Pod runs with. */
export type PodContext = {
  readonly pod: Pod
  readonly sandbox: Sandbox
  readonly sources: Sources
  readonly clock: Clock
  /** First delay of the back-off in milliseconds. */
  readonly backOff: number
  readonly onLine: (pod: string, container: string, line: string) => void
  readonly onEvent: (pod: string, event: PodEvent) => void
}

/** Runs one Pod as a kubelet does: init containers one after the other, sidecars beside them, then the containers. */
export class PodWorker {
  readonly pod: Pod
  readonly sandbox: Sandbox
  readonly #context: PodContext
  readonly #inits: readonly ContainerWorker[]
  readonly #mains: readonly ContainerWorker[]
  readonly #ending = new AbortController()
  readonly #watched = new Watched(() => this.status)
  readonly #events: PodEvent[] = []
  #phase: PodStatus['phase'] = 'Pending'
  #failure = { reason: '', message: '' }
  #grace: number
  #run: Promise<void> | undefined
  #stopped: Promise<unknown> | undefined

  constructor(context: PodContext) {
    this.#context = context
    this.pod = context.pod
    this.sandbox = context.sandbox
    const { initContainers = [], containers, terminationGracePeriodSeconds = 30 } = this.pod.spec
    this.#grace = terminationGracePeriodSeconds * 1_000
    const shared = {
      ...context,
      onLine: (container: string, line: string): void => context.onLine(this.pod.metadata.name, container, line),
      onEvent: (event: Omit<PodEvent, 'at'>): void => this.#event(event),
      onChange: (): void => this.#watched.changed(),
    }
    this.#inits = initContainers.map((container) => new ContainerWorker(container, roleOf(container, true), shared))
    this.#mains = containers.map((container) => new ContainerWorker(container, 'main', shared))
  }

  get status(): PodStatus {
    const containers = [...this.#inits, ...this.#mains].map((worker) => worker.status)
    const { name, namespace } = this.pod.metadata
    return {
      name,
      namespace,
      phase: this.#phase,
      ...this.#failure,
      ready: this.#phase === 'Running' && containers.every(({ role, ready }) => role === 'init' || ready),
      terminating: this.#ending.signal.aborted && this.#phase !== 'Succeeded' && this.#phase !== 'Failed',
      facts: this.sandbox.facts,
      startedAt: this.sandbox.startedAt,
      containers,
      events: [...this.#events],
    }
  }

  /** Everything that a container wrote so far. */
  logs(container: string): string {
    return [...this.#inits, ...this.#mains].find((worker) => worker.container.name === container)?.log.text() ?? ''
  }

  /** Starts the Pod and returns; `until` tells how it goes. */
  start(): void {
    this.#run ??= this.#runAll().catch((error: unknown) => this.#break(error))
  }

  /** Resolves when the status is as wished; rejects when something broke that is no part of the Pod (the engine, this program). */
  until(wish: (status: PodStatus) => boolean): Promise<PodStatus> {
    return this.#watched.until(wish)
  }

  /** Ends the Pod: containers first, then the sidecars from the last to the first. */
  async stop(): Promise<void> {
    this.#end()
    await this.#run
  }

  async #runAll(): Promise<void> {
    const { sandbox, clock } = this.#context
    const done = new AbortController()
    const watches = [
      watchDeadline(this.pod, clock, done.signal, (message) => this.#fail('DeadlineExceeded', message)),
      watchVolumes(this.pod, sandbox, clock, done.signal, (message) => this.#evict(message)),
    ]
    const sidecars: Promise<unknown>[] = []
    try {
      if (await this.#initialise(sidecars)) {
        this.#setPhase('Running')
        await Promise.all(this.#mains.map((worker) => this.#guard(worker)))
      }
    } finally {
      done.abort()
      await this.#stopAll()
      await Promise.all(sidecars)
      await Promise.all(watches)
    }
    this.#conclude()
  }

  /** Runs the init containers in order; false when one of them failed for good or the Pod is ending. */
  async #initialise(sidecars: Promise<unknown>[]): Promise<boolean> {
    const ending = this.#ending.signal
    for (const worker of this.#inits) {
      if (ending.aborted) return false
      const run = this.#guard(worker)
      if (worker.role === 'sidecar') {
        sidecars.push(run)
        await Promise.race([this.until(() => ending.aborted || worker.status.started), run])
      } else if ((await run)?.exitCode !== 0) {
        return false
      }
    }
    return !ending.aborted
  }

  /** Runs a container; what can not be carried out fails the Pod instead of being tried for ever, as Kubernetes would. */
  async #guard(worker: ContainerWorker): Promise<Termination | undefined> {
    try {
      return await worker.run()
    } catch (error) {
      if (error instanceof ConfigError) {
        worker.refuse('CreateContainerConfigError', error.message)
        this.#fail('CreateContainerConfigError', `${worker.container.name}: ${error.message}`)
      } else {
        this.#break(error)
      }
      return undefined
    }
  }

  #evict(message: string): void {
    this.#grace = 1_000
    this.#event({ type: 'Warning', reason: 'Evicted', container: undefined, message })
    this.#fail('Evicted', message)
  }

  /** Something broke that is no part of the Pod; whoever waits for the Pod is told. */
  #break(error: unknown): void {
    this.#fail('PodRunnerError', error instanceof Error ? error.message : String(error))
    this.#watched.break(error)
  }

  /** The Pod can not succeed any more: everything ends. */
  #fail(reason: string, message: string): void {
    if (this.#failure.reason === '') this.#failure = { reason, message }
    this.#end()
  }

  #end(): void {
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    void this.#stopAll()
    this.#watched.changed()
  }

  /** Ends what still runs. All preStops begin at once; the turn of the sidecars is after the containers, from the last to the first. */
  #stopAll(): Promise<unknown> {
    if (this.#stopped !== undefined) return this.#stopped
    const all = [...this.#inits, ...this.#mains]
    const first = all.filter(({ role }) => role !== 'sidecar').map((worker) => worker.stop(this.#grace))
    const sidecars = all.filter(({ role }) => role === 'sidecar').toReversed()
    this.#stopped = sidecars.reduce<Promise<unknown>>(
      (turn, worker) => worker.stop(this.#grace, turn),
      Promise.all(first),
    )
    return this.#stopped
  }

  #conclude(): void {
    const last = [...this.#inits, ...this.#mains]
      .filter(({ role }) => role !== 'sidecar')
      .map(({ status }) => status.ended.at(-1)?.exitCode)
    this.#ending.abort()
    this.#setPhase(this.#failure.reason === '' && last.every((exitCode) => exitCode === 0) ? 'Succeeded' : 'Failed')
  }

  #setPhase(phase: PodStatus['phase']): void {
    this.#phase = phase
    this.#watched.changed()
  }

  #event(event: Omit<PodEvent, 'at'>): void {
    const whole = { ...event, at: Date.now() }
    this.#events.push(whole)
    this.#context.onEvent(this.pod.metadata.name, whole)
  }
}
