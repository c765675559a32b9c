import type { Clock } from '@initbox/core'
import type { PodEvent } from './kubelet/status.ts'

/** Makes an image available that may take the place of another; undefined where there is none. */
export type StandIn = (image: string) => Promise<string | undefined>

/** How to run a manifest; everything has a default. */
export type RunOptions = {
  /** `auto` takes Docker where an engine answers. */
  readonly mode?: 'docker' | 'process' | 'auto'
  /** First delay of the crash-loop back-off in milliseconds; the kubelet's is 10,000. */
  readonly backOff?: number
  /** Images of the manifest by their names on this machine; in process mode a `.cjs` file may stand for an image. */
  readonly images?: Readonly<Record<string, string>>
  /** With Docker: an image that behaves as one that is not here and cannot be pulled, if there is such. */
  readonly standIn?: StandIn
  /** Variables for every container, after those of the manifest. */
  readonly environment?: Readonly<Record<string, string>>
  /** An existing Docker network to join instead of one of the run's own. */
  readonly network?: string
  /** IPv6 addresses too, on the run's own Docker network. */
  readonly ipv6?: boolean
  /** Host names with their addresses for every Pod's /etc/hosts. */
  readonly hosts?: Readonly<Record<string, string>>
  /** Stops everything in order when it is aborted. */
  readonly signal?: AbortSignal
  /** Removes everything at once, without the Pods' grace, when it is aborted. */
  readonly force?: AbortSignal
  readonly clock?: Clock
  readonly onLine?: (pod: string, container: string, line: string) => void
  readonly onEvent?: (pod: string, event: PodEvent) => void
  /** What the user should know: what has no effect here, what is done differently. */
  readonly onNote?: (sentence: string) => void
}
