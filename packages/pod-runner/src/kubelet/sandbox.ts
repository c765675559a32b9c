import type { Facts } from '../environment/facts.ts'
import type { Pod } from '../manifest/manifest.ts'
import type { VolumePlan } from '../volumes/tree.ts'
import type { ContainerPlan } from './container-plan.ts'

/** How a container ended; times in milliseconds since 1970. */
export type Exit = {
  readonly exitCode: number
  /** As `kubectl describe` says it. */
  readonly reason: 'Completed' | 'Error' | 'OOMKilled' | 'StartError'
  /** Why it could not start, where it could not. */
  readonly error: string
  readonly startedAt: number
  readonly finishedAt: number
}

/** Receives a container's output, a line at a time without its line end. */
export type OnLine = (line: string) => void

/** A container that has been started. */
export type RunningContainer = {
  readonly startedAt: number
  /** Never rejects; resolves when the container has ended and all of its output was seen. */
  readonly exit: Promise<Exit>
  /** Runs a command inside, for an exec probe; the exit code, or undefined when it took longer than `timeout` ms. */
  readonly exec: (command: readonly string[], timeout: number) => Promise<number | undefined>
  /** SIGTERM, and SIGKILL after `grace` ms; resolves when it has ended. */
  readonly stop: (grace: number) => Promise<void>
  /** What the container wrote to its termination message path; after its exit. */
  readonly terminationMessage: () => Promise<string>
}

/** The place of one Pod: its address and volumes, in which containers are started. */
export type Sandbox = {
  readonly facts: Facts
  readonly startedAt: number
  /** Where this program reaches the Pod's ports. */
  readonly reachableAt: string
  /** Starts a container; a ConfigError when its configuration forbids that. A start that the system refuses is an Exit of code 128. */
  readonly start: (plan: ContainerPlan, onLine: OnLine) => Promise<RunningContainer>
  /** A file of a volume; a plain Error when there is none. */
  readonly readFile: (volume: string, path: string) => Promise<Buffer>
  /** The files of a volume, paths relative to its root, folders left out. */
  readonly listFiles: (volume: string) => Promise<readonly string[]>
  /** Bytes in a volume, counted up to a little more than `limit`. */
  readonly usage: (volume: string, limit: number) => Promise<number>
}

/** A Pod that needs a place. */
export type SandboxRequest = {
  readonly pod: Pod
  /** Names of Services, in all their lengths, that lead to this Pod. */
  readonly names: readonly string[]
  readonly volumes: readonly VolumePlan[]
}

/** Docker or plain processes: what makes sandboxes. */
export type Engine = {
  readonly mode: 'docker' | 'process'
  /** One sentence that tells what will happen. */
  readonly description: string
  /** The node, as Pods see it. */
  readonly node: Pick<Facts, 'nodeName' | 'allocatable'>
  /** What of these Pods can not be honoured in this mode. */
  readonly limitations: (pods: readonly Pod[]) => readonly string[]
  /** Makes the images available; a plain Error in one clear sentence when one is not. */
  readonly prepare: (pods: readonly Pod[], signal: AbortSignal | undefined) => Promise<void>
  readonly createSandbox: (request: SandboxRequest) => Promise<Sandbox>
  /** Removes everything that was created; callable at any time and more than once. */
  readonly remove: () => Promise<void>
}

/** The container's configuration can not be carried out, and trying again would not help (`CreateContainerConfigError`). */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}
