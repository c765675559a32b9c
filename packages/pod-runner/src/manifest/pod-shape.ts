import { annotationMap, container, labelMap } from './container-shape.ts'
import { labelKey, objectName, orNone, searchDomain, someText, within } from './kinds.ts'
import * as scheduling from './scheduling-shape.ts'
import { podSecurityContext } from './security-shape.ts'
import { quantity } from './quantity.ts'
import {
  flag,
  integer,
  list,
  mapOf,
  noEffect,
  object,
  oneOf,
  only,
  refused,
  required,
  text,
  type Of,
  type Shape,
} from './shape.ts'
import { volume } from './volume-shape.ts'

/** `metadata`, as a person writes it; what an API server would add is accepted where it is harmless. */
export const metadata = object({
  name: text,
  generateName: text,
  namespace: text,
  uid: text,
  labels: labelMap,
  annotations: annotationMap,
  finalizers: refused('nothing runs finalizers here'),
  ownerReferences: refused('there are no owners here'),
})
export type Metadata = Of<typeof metadata>

const oneMachine = <T>(shape: Shape<T>) => noEffect('there is one machine to run on', shape)
const hostNamespace = only(false, 'namespaces of this machine are not given to a Pod')

/** `spec` of a Pod. */
export const podSpec = object({
  initContainers: list(container),
  containers: required(list(container)),
  ephemeralContainers: refused('not part of a manifest'),
  volumes: list(volume),
  restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
  activeDeadlineSeconds: within(1, 2_147_483_647),
  terminationGracePeriodSeconds: integer,
  securityContext: podSecurityContext,
  serviceAccountName: orNone(objectName),
  serviceAccount: text,
  automountServiceAccountToken: only(false, 'there is no API server here that could issue a token'),
  nodeName: orNone(objectName),
  hostname: text,
  subdomain: text,
  setHostnameAsFQDN: only(false, 'the host name is the short one'),
  hostAliases: list(object({ ip: required(text), hostnames: list(objectName) })),
  dnsPolicy: oneOf('ClusterFirst', 'Default', 'None', 'ClusterFirstWithHostNet'),
  dnsConfig: object({
    nameservers: list(text),
    searches: list(searchDomain),
    options: list(object({ name: required(someText), value: text })),
  }),
  enableServiceLinks: flag,
  hostNetwork: hostNamespace,
  hostPID: hostNamespace,
  hostIPC: hostNamespace,
  hostUsers: only(true, 'user namespaces are a setting of the engine'),
  shareProcessNamespace: only(false, 'every container has its own process namespace'),
  os: object({ name: required(only('linux', 'containers here are Linux containers')) }),
  imagePullSecrets: noEffect('images are pulled with the log-in of this machine', list(object({ name: text }))),
  nodeSelector: oneMachine(labelMap),
  affinity: oneMachine(scheduling.affinity),
  tolerations: oneMachine(scheduling.tolerations),
  topologySpreadConstraints: oneMachine(scheduling.topologySpreadConstraints),
  schedulerName: oneMachine(text),
  schedulingGates: oneMachine(list(object({ name: required(labelKey) }))),
  priorityClassName: oneMachine(orNone(objectName)),
  priority: oneMachine(integer),
  preemptionPolicy: oneMachine(oneOf('PreemptLowerPriority', 'Never')),
  readinessGates: noEffect('there is no API server to talk to', list(object({ conditionType: required(labelKey) }))),
  runtimeClassName: refused('runtime classes are not supported by pod-runner'),
  overhead: oneMachine(mapOf(quantity)),
  resources: refused('Pod-level resources are not supported by pod-runner (hint: set them on each container)'),
  resourceClaims: refused('there are no devices to claim here'),
})
export type PodSpec = Of<typeof podSpec>

/** `kind: Pod`. */
export const pod = object({
  apiVersion: required(only('v1', 'a Pod is in v1')),
  kind: text,
  metadata: required(metadata),
  spec: required(podSpec),
})
