import type { Facts } from '../environment/facts.ts'
import type { Role } from './restart.ts'
import type { Exit } from './sandbox.ts'

/** An exit with what the container said about it. */
export type Termination = Exit & { readonly message: string }

/** As in `status.containerStatuses[].state`. */
export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running'; readonly startedAt: number }
  | ({ readonly kind: 'terminated' } & Termination)

/** One container of a Pod as `kubectl describe pod` shows it. */
export type ContainerStatus = {
  readonly name: string
  readonly role: Role
  readonly image: string
  readonly state: ContainerState
  readonly restartCount: number
  readonly started: boolean
  readonly ready: boolean
  /** Every run that has ended, the oldest first. */
  readonly ended: readonly Termination[]
}

/** Something that happened, as in the events of `kubectl describe pod`. */
export type PodEvent = {
  readonly at: number
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly container: string | undefined
  readonly message: string
}

/** A Pod as `kubectl get pod` and `describe` show it; times in milliseconds since 1970. */
export type PodStatus = {
  readonly name: string
  readonly namespace: string
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  /** Why it failed where a container does not tell: `DeadlineExceeded`, `Evicted`, `CreateContainerConfigError`. */
  readonly reason: string
  readonly message: string
  readonly ready: boolean
  readonly terminating: boolean
  readonly facts: Facts
  readonly startedAt: number
  /** Init containers and sidecars in their order, then the containers. */
  readonly containers: readonly ContainerStatus[]
  readonly events: readonly PodEvent[]
}
