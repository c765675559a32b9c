import { posix } from 'node:path'
import { containerEnvironment, type Sources } from '../environment/container-environment.ts'
import { expandReferences } from '../environment/expand.ts'
import { isInside } from '../manifest/check-container.ts'
import type { Container } from '../manifest/container-shape.ts'
import { thousandths, units } from '../manifest/quantity.ts'
import type { PodSecurityContext } from '../manifest/security-shape.ts'
import { ConfigError } from './sandbox.ts'

/** A mount with its subPath expanded; `subPath` is `''` for the whole volume. */
export type Mount = {
  readonly volume: string
  readonly subPath: string
  readonly target: string
  readonly readOnly: boolean
}

/** One container with all that the Pod says about it, ready to be started: nothing is left to look up. */
export type ContainerPlan = {
  readonly name: string
  /** Counts the starts of this container: 0, 1, … */
  readonly attempt: number
  readonly image: string
  /** Replaces the image's ENTRYPOINT (and its CMD); undefined keeps it. */
  readonly command: readonly string[] | undefined
  /** Replaces the image's CMD. */
  readonly args: readonly string[] | undefined
  readonly environment: ReadonlyMap<string, string>
  readonly workingDir: string | undefined
  readonly mounts: readonly Mount[]
  readonly terminationMessagePath: string
  readonly ports: readonly number[]
  readonly user: number | undefined
  readonly group: number | undefined
  readonly nonRoot: boolean
  /** supplementalGroups and fsGroup. */
  readonly groups: readonly number[]
  readonly readOnlyRoot: boolean
  readonly allowPrivilegeEscalation: boolean
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  readonly seccompUnconfined: boolean
  readonly appArmorUnconfined: boolean
  /** Bytes. */
  readonly memoryLimit: number | undefined
  /** Thousandths of a CPU. */
  readonly cpuLimit: number | undefined
  readonly cpuRequest: number | undefined
}

/** Resolves a container of the Pod: the container's own security settings beat the Pod's. */
export function planContainer(container: Container, attempt: number, sources: Sources): ContainerPlan {
  const environment = containerEnvironment(container, sources)
  const expanded = (words: readonly string[] | undefined): readonly string[] | undefined =>
    words === undefined || words.length === 0 ? undefined : words.map((word) => expandReferences(word, environment))
  const pod: PodSecurityContext = sources.pod.spec.securityContext ?? {}
  const own = container.securityContext ?? {}
  const { limits = {}, requests = {} } = container.resources ?? {}
  const cpuRequest = requests.cpu ?? limits.cpu
  return {
    name: container.name,
    attempt,
    image: container.image,
    command: expanded(container.command),
    args: expanded(container.args),
    environment,
    workingDir: container.workingDir,
    mounts: mounts(container, environment),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    ports: (container.ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map((port) => port.containerPort),
    user: own.runAsUser ?? pod.runAsUser,
    group: own.runAsGroup ?? pod.runAsGroup,
    nonRoot: own.runAsNonRoot ?? pod.runAsNonRoot ?? false,
    groups: [...(pod.supplementalGroups ?? []), ...(pod.fsGroup === undefined ? [] : [pod.fsGroup])],
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation ?? true,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    seccompUnconfined: (own.seccompProfile ?? pod.seccompProfile)?.type === 'Unconfined',
    appArmorUnconfined: (own.appArmorProfile ?? pod.appArmorProfile)?.type === 'Unconfined',
    memoryLimit: limits.memory === undefined ? undefined : units(limits.memory),
    cpuLimit: limits.cpu === undefined ? undefined : thousandths(limits.cpu),
    cpuRequest: cpuRequest === undefined ? undefined : thousandths(cpuRequest),
  }
}

function mounts(container: Container, environment: ReadonlyMap<string, string>): readonly Mount[] {
  return (container.volumeMounts ?? []).map((mount) => {
    const subPath = mount.subPath ?? expandReferences(mount.subPathExpr ?? '', environment)
    if (!isInside(subPath)) throw new ConfigError(`subPath '${subPath}' of volume ${mount.name} leaves the volume`)
    const normal = posix.normalize(subPath === '' ? '.' : subPath).replace(/\/$/, '')
    return {
      volume: mount.name,
      subPath: normal === '.' ? '' : normal,
      target: posix.resolve('/', mount.mountPath),
      readOnly: mount.readOnly ?? false,
    }
  })
}
