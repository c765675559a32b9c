import { sysctlName } from './kinds.ts'
import { flag, integer, list, object, oneOf, only, refused, required, text, type Of } from './shape.ts'

const seccompProfile = object({
  type: required(oneOf('RuntimeDefault', 'Unconfined')),
  localhostProfile: refused('profiles of a node are not here'),
})

const appArmorProfile = object({
  type: required(oneOf('RuntimeDefault', 'Unconfined')),
  localhostProfile: refused('profiles of a node are not here'),
})

const noSelinux = refused('SELinux labels are not supported by pod-runner')
const noWindows = refused('Windows containers are not supported by pod-runner')

/** `spec.securityContext`. */
export const podSecurityContext = object({
  runAsUser: integer,
  runAsGroup: integer,
  runAsNonRoot: flag,
  fsGroup: integer,
  fsGroupChangePolicy: oneOf('Always', 'OnRootMismatch'),
  supplementalGroups: list(integer),
  supplementalGroupsPolicy: only('Merge', 'the engine merges the groups of the image'),
  seccompProfile,
  appArmorProfile,
  sysctls: list(object({ name: required(sysctlName), value: text })),
  seLinuxOptions: noSelinux,
  seLinuxChangePolicy: noSelinux,
  windowsOptions: noWindows,
})
export type PodSecurityContext = Of<typeof podSecurityContext>

/** `securityContext` of one container. */
export const securityContext = object({
  runAsUser: integer,
  runAsGroup: integer,
  runAsNonRoot: flag,
  readOnlyRootFilesystem: flag,
  allowPrivilegeEscalation: flag,
  privileged: only(false, 'nothing gets the rights of this machine'),
  capabilities: object({ add: list(text), drop: list(text) }),
  procMount: only('Default', 'nothing of /proc is unmasked'),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions: noSelinux,
  windowsOptions: noWindows,
})
