import { container, stringMap } from './container-shape.ts'
import { podSecurityContext } from './security-shape.ts'
import { flag, integer, list, noEffect, object, oneOf, only, refused, required, text, type Of } from './shape.ts'
import { volume } from './volume-shape.ts'

/** `metadata`, as a person writes it; what an API server would add is accepted where it is harmless. */
export const metadata = object({
  name: text,
  generateName: text,
  namespace: text,
  uid: text,
  labels: stringMap,
  annotations: stringMap,
  finalizers: refused('nothing runs finalizers here'),
  ownerReferences: refused('there are no owners here'),
})
export type Metadata = Of<typeof metadata>

const scheduling = noEffect('there is one machine to run on')
const noApiServer = noEffect('there is no API server to talk to')
const hostNamespace = only(false, 'namespaces of this machine are not given to a Pod')

/** `spec` of a Pod. */
export const podSpec = object({
  initContainers: list(container),
  containers: required(list(container)),
  ephemeralContainers: refused('not part of a manifest'),
  volumes: list(volume),
  restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
  activeDeadlineSeconds: integer,
  terminationGracePeriodSeconds: integer,
  securityContext: podSecurityContext,
  serviceAccountName: text,
  serviceAccount: text,
  automountServiceAccountToken: only(false, 'there is no API server here that could issue a token'),
  nodeName: text,
  hostname: text,
  subdomain: text,
  setHostnameAsFQDN: only(false, 'the host name is the short one'),
  hostAliases: list(object({ ip: required(text), hostnames: required(list(text)) })),
  dnsPolicy: oneOf('ClusterFirst', 'Default', 'None', 'ClusterFirstWithHostNet'),
  dnsConfig: object({
    nameservers: list(text),
    searches: list(text),
    options: list(object({ name: required(text), value: text })),
  }),
  enableServiceLinks: flag,
  hostNetwork: hostNamespace,
  hostPID: hostNamespace,
  hostIPC: hostNamespace,
  hostUsers: only(true, 'user namespaces are a setting of the engine'),
  shareProcessNamespace: only(false, 'every container has its own process namespace'),
  os: object({ name: required(only('linux', 'containers here are Linux containers')) }),
  imagePullSecrets: noEffect('images are pulled with the log-in of this machine'),
  nodeSelector: scheduling,
  affinity: scheduling,
  tolerations: scheduling,
  topologySpreadConstraints: scheduling,
  schedulerName: scheduling,
  schedulingGates: scheduling,
  priorityClassName: scheduling,
  priority: scheduling,
  preemptionPolicy: scheduling,
  readinessGates: noApiServer,
  runtimeClassName: refused('runtime classes are not supported by pod-runner'),
  overhead: scheduling,
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
