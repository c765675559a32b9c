import type { ContainerPlan } from './container-plan.ts'
import { ConfigError, type Exit, type OnLine, type RunningContainer, type Sandbox } from './sandbox.ts'

/** What a container does in one run: an exit code at once, `run` until it is stopped, or a start that is refused. */
export type Act = number | 'run' | 'refuse' | 'break'

/** A sandbox for tests: containers follow a script, and what happens to them is written down. */
export class FakeSandbox implements Sandbox {
  readonly facts = {
    podIps: ['10.0.0.7'],
    hostIps: ['10.0.0.1'],
    nodeName: 'node',
    allocatable: { cpus: 1, memory: 1 },
  }
  readonly startedAt = 0
  readonly reachableAt = '127.0.0.1'
  /** `start a`, `stop a`, in their order. */
  readonly history: string[] = []
  readonly plans: ContainerPlan[] = []
  used = 0
  /** By `volume/path`. */
  readonly files: Record<string, string> = {}
  /** Answers of exec probes. */
  probe: () => number = () => 0
  readonly #script: Readonly<Record<string, readonly Act[]>>

  /** The acts of each container, run by run; the last one is repeated. */
  constructor(script: Readonly<Record<string, readonly Act[]>>) {
    this.#script = script
  }

  async start(plan: ContainerPlan, onLine: OnLine): Promise<RunningContainer> {
    const acts = this.#script[plan.name] ?? [0]
    const act = acts[Math.min(plan.attempt, acts.length - 1)] ?? 0
    if (act === 'refuse') throw new ConfigError('container has runAsNonRoot and image will run as root')
    if (act === 'break') throw new Error('the engine is gone')
    this.history.push(`start ${plan.name}`)
    this.plans.push(plan)
    onLine(`${plan.name} says ${plan.attempt}`)
    const { promise: exit, resolve } = Promise.withResolvers<Exit>()
    const end = (exitCode: number): void =>
      resolve({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', error: '', startedAt: 0, finishedAt: 5 })
    if (act !== 'run') end(act)
    return {
      startedAt: 0,
      exit,
      exec: () => Promise.resolve(this.probe()),
      stop: async () => {
        this.history.push(`stop ${plan.name}`)
        end(143)
        await exit
      },
      terminationMessage: () => Promise.resolve(act === 'run' ? '' : `message of ${plan.name}`),
    }
  }

  readFile(volume: string, path: string): Promise<Buffer> {
    return Promise.resolve(Buffer.from(this.files[`${volume}/${path}`] ?? ''))
  }

  listFiles(): Promise<readonly string[]> {
    return Promise.resolve([])
  }

  usage(): Promise<number> {
    return Promise.resolve(this.used)
  }
}
