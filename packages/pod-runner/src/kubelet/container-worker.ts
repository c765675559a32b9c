import type { Clock } from '@initbox/core'
import type { Sources } from '../environment/container-environment.ts'
import type { Container } from '../manifest/container-shape.ts'
import { BackOff } from './back-off.ts'
import { ContainerLog } from './container-log.ts'
import { planContainer } from './container-plan.ts'
import { readFileKeys } from './file-keys.ts'
import { watchContainer } from './container-probes.ts'
import { runHook } from './lifecycle-hook.ts'
import { shouldRestart, type Role } from './restart.ts'
import type { RunningContainer, Sandbox } from './sandbox.ts'
import type { ContainerState, ContainerStatus, PodEvent, Termination } from './status.ts'
import { shareOf } from './termination-message.ts'

/** Milliseconds that a postStart may take; a kubelet would wait for ever. */
const postStartLimit = 600_000
/** Milliseconds between SIGTERM and SIGKILL at least. */
const shortestGrace = 2_000

/** What the workers of one Pod share. */
export type WorkerContext = {
  readonly sandbox: Sandbox
  readonly sources: Sources
  readonly clock: Clock
  /** First delay of the back-off in milliseconds. */
  readonly backOff: number
  readonly onLine: (container: string, line: string) => void
  readonly onEvent: (event: Omit<PodEvent, 'at'>) => void
  readonly onChange: () => void
}

/** Runs one container of a Pod, again and again as its policy wants, and knows how it is. */
export class ContainerWorker {
  readonly container: Container
  readonly role: Role
  readonly log = new ContainerLog()
  readonly #context: WorkerContext
  readonly #backOff: BackOff
  readonly #stopping = new AbortController()
  #running: RunningContainer | undefined
  #grace = 0
  #state: ContainerState
  #restarts = 0
  #started = false
  #ready = false
  #ended: Termination[] = []

  constructor(container: Container, role: Role, context: WorkerContext) {
    this.container = container
    this.role = role
    this.#context = context
    this.#backOff = new BackOff(context.backOff)
    this.#state = { kind: 'waiting', reason: 'PodInitializing', message: '' }
  }

  get status(): ContainerStatus {
    const { name, image } = this.container
    return {
      name,
      image,
      role: this.role,
      state: this.#state,
      restartCount: this.#restarts,
      started: this.#started,
      ready: this.#ready,
      ended: [...this.#ended],
    }
  }

  /** Resolves with the last exit when the container will not be started again, or undefined when it was stopped before it ran. */
  async run(): Promise<Termination | undefined> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const termination = await this.#runOnce(attempt)
      const again = shouldRestart(this.container, this.role, this.#context.sources.pod.spec, termination.exitCode)
      if (this.#stopping.signal.aborted || !again) return termination
      const delay = this.#backOff.delay(termination.finishedAt - termination.startedAt)
      await this.#pause(delay)
      if (!this.#stopping.signal.aborted) this.#restarts++
    }
    return this.#ended.at(-1)
  }

  /**
   * Ends the container for good: its preStop at once, SIGTERM when it is its turn, and SIGKILL; all within `grace` milliseconds, but
   * each has 2 s to end, as a kubelet has it (killContainer).
   */
  async stop(grace: number, turn: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#grace = grace
    this.#stopping.abort()
    const running = this.#running
    if (running === undefined) return
    const begin = this.#context.clock.now()
    const left = (): number => grace - (this.#context.clock.now() - begin)
    await this.#hook('preStop', running, grace)
    await this.#atMost(left(), turn)
    await running.stop(Math.max(left(), shortestGrace))
  }

  /** Waits for something, but not longer than so many milliseconds. */
  async #atMost(limit: number, wanted: Promise<unknown>): Promise<void> {
    if (limit <= 0) return
    const over = new AbortController()
    const time = this.#context.clock.sleep(limit, over.signal).catch(() => undefined)
    await Promise.race([wanted, time])
    over.abort()
  }

  /** Of a container that is ended without its Pod. */
  get #ownGrace(): number {
    return Math.max(shortestGrace, (this.#context.sources.pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000)
  }

  /** Runs a hook where the container has one; false when it failed. */
  async #hook(name: 'postStart' | 'preStop', running: RunningContainer, limit: number): Promise<boolean> {
    const hook = this.container.lifecycle?.[name]
    if (hook === undefined || limit === 0) return true
    const reason = await runHook(hook, { ...this.#context, container: this.container, running }, limit)
    if (reason === undefined) return true
    this.#event(
      'Warning',
      name === 'preStop' ? 'FailedPreStopHook' : 'FailedPostStartHook',
      `${name} failed: ${reason}`,
    )
    return false
  }

  /** Shows that the container can not be started, and why. */
  refuse(reason: string, message: string): void {
    this.#change({ kind: 'waiting', reason, message })
    this.#event('Warning', 'Failed', `Error: ${message}`)
  }

  async #runOnce(attempt: number): Promise<Termination> {
    const { sandbox, sources } = this.#context
    this.log.restart()
    const fromFiles = await readFileKeys(this.container, sandbox)
    const running = await sandbox.start(planContainer(this.container, attempt, { ...sources, fromFiles }), (line) => {
      this.log.add(line)
      this.#context.onLine(this.container.name, line)
    })
    this.#running = running
    const stopped = this.#stopping.signal.aborted ? running.stop(this.#grace) : undefined
    this.#event('Normal', 'Started', `Started container ${this.container.name}`)
    this.#change({ kind: 'running', startedAt: running.startedAt })
    if (!(await this.#hook('postStart', running, postStartLimit))) await running.stop(this.#ownGrace)

    const ended = new AbortController()
    const probes = watchContainer({
      ...this.#context,
      container: this.container,
      running,
      signal: ended.signal,
      onStarted: () => this.#set(true, this.#ready),
      onReady: (ready) => this.#set(this.#started, ready),
      onUnhealthy: (probe, reason) => this.#unhealthy(probe, reason),
      onKill: (probe) =>
        this.#event('Normal', 'Killing', `Container ${this.container.name} failed ${probe} probe, will be restarted`),
    })
    const exit = await running.exit
    ended.abort()
    await Promise.all([probes, stopped])
    this.#running = undefined

    const termination = { ...exit, message: await this.#message(running, exit.exitCode, exit.error) }
    this.#ended.push(termination)
    this.#started = false
    this.#ready = false
    this.#change({ kind: 'terminated', ...termination })
    return termination
  }

  async #message(running: RunningContainer, exitCode: number, error: string): Promise<string> {
    const written = error === '' ? await running.terminationMessage() : error
    const fallBack = this.container.terminationMessagePolicy === 'FallbackToLogsOnError' && exitCode !== 0
    const { initContainers = [], containers } = this.#context.sources.pod.spec
    return shareOf(written === '' && fallBack ? this.log.tail() : written, initContainers.length + containers.length)
  }

  async #pause(delay: number): Promise<void> {
    if (delay === 0) return
    const { name } = this.container
    this.#event('Warning', 'BackOff', `Back-off restarting failed container ${name}, ${delay / 1_000} s`)
    this.#change({
      kind: 'waiting',
      reason: 'CrashLoopBackOff',
      message: `back-off ${delay / 1_000} s restarting failed container ${name}`,
    })
    // Rejects only when the Pod is stopped meanwhile, which the caller sees by itself.
    await this.#context.clock.sleep(delay, this.#stopping.signal).catch(() => undefined)
  }

  /** A container that is being stopped answers no probe, and nobody wants to know. */
  #unhealthy(probe: string, reason: string): void {
    if (!this.#stopping.signal.aborted) this.#event('Warning', 'Unhealthy', `${probe} probe failed: ${reason}`)
  }

  #set(started: boolean, ready: boolean): void {
    this.#started = started
    this.#ready = ready
    this.#context.onChange()
  }

  #change(state: ContainerState): void {
    this.#state = state
    this.#context.onChange()
  }

  #event(type: PodEvent['type'], reason: string, message: string): void {
    this.#context.onEvent({ type, reason, message, container: this.container.name })
  }
}
