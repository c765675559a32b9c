import { envFrom, envVar } from './env-shape.ts'
import { configKey, labelKey, labelValue } from './kinds.ts'
import { lifecycle } from './lifecycle-shape.ts'
import { probe } from './probe-shape.ts'
import { quantity, type Quantity } from './quantity.ts'
import { securityContext } from './security-shape.ts'
import {
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
import { volumeMount } from './volume-shape.ts'

/** What a `resourceFieldRef` shows, and nothing more. */
const ephemeral: Shape<Quantity> = (value, path, findings) => {
  findings.notes.push(`${path}: the container file system has no quota here; sizeLimit of an emptyDir is honoured`)
  return quantity(value, path, findings)
}

/** Limits and requests that can be honoured; any other resource is a device or a quota that is not here. */
const resourceList = object({
  cpu: quantity,
  memory: quantity,
  'ephemeral-storage': ephemeral,
})

const containerPort = object({
  name: text,
  containerPort: required(integer),
  protocol: oneOf('TCP', 'UDP', 'SCTP'),
  hostPort: integer,
  hostIP: text,
})

/** Fields that an entry of `initContainers` and one of `containers` have in common. */
export const container = object({
  name: required(text),
  image: required(text),
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  command: list(text),
  args: list(text),
  workingDir: text,
  env: list(envVar),
  envFrom: list(envFrom),
  ports: list(containerPort),
  volumeMounts: list(volumeMount),
  volumeDevices: refused('block devices are not supported by pod-runner'),
  resources: object({
    limits: resourceList,
    requests: resourceList,
    claims: refused('there are no devices to claim here'),
  }),
  resizePolicy: noEffect(
    'nothing resizes a running container',
    list(
      object({
        resourceName: required(oneOf('cpu', 'memory')),
        restartPolicy: required(oneOf('NotRequired', 'RestartContainer')),
      }),
    ),
  ),
  securityContext,
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  lifecycle,
  restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
  restartPolicyRules: list(
    object({
      action: required(only('Restart', 'other actions are not supported')),
      exitCodes: required(object({ operator: required(oneOf('In', 'NotIn')), values: list(integer) })),
    }),
  ),
  terminationMessagePath: text,
  terminationMessagePolicy: oneOf('File', 'FallbackToLogsOnError'),
  stdin: only(false, 'a container has no input here'),
  stdinOnce: only(false, 'a container has no input here'),
  tty: only(false, 'a container has no terminal here'),
})
export type Container = Of<typeof container>

export const labelMap = mapOf(labelValue, labelKey)
export const annotationMap = mapOf(text, labelKey)

/** What a ConfigMap or Secret holds. */
export const keyMap = mapOf(text, configKey)
