import { keyMap, labelMap } from './container-shape.ts'
import { metadata, podSpec } from './pod-shape.ts'
import {
  flag,
  integer,
  list,
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

const core = required(only('v1', 'this kind is in v1'))

/** `kind: ConfigMap`. */
export const configMap = object({
  apiVersion: core,
  kind: text,
  metadata: required(metadata),
  data: keyMap,
  binaryData: keyMap,
  immutable: flag,
})

/** `kind: Secret`; `data` is base64, `stringData` is not. */
export const secret = object({
  apiVersion: core,
  kind: text,
  metadata: required(metadata),
  type: text,
  data: keyMap,
  stringData: keyMap,
  immutable: flag,
})

/** A port by number or name. */
const targetPort: Shape<number | string> = (value, path, findings) =>
  typeof value === 'string' ? value : integer(value, path, findings)

const servicePort = object({
  name: text,
  port: required(integer),
  targetPort,
  protocol: oneOf('TCP', 'UDP', 'SCTP'),
  appProtocol: noEffect('it only describes'),
  nodePort: refused('there are no node ports here'),
})

/** `kind: Service`: its names lead to the Pods it selects; headless and ClusterIP are alike here. */
export const service = object({
  apiVersion: core,
  kind: text,
  metadata: required(metadata),
  spec: required(
    object({
      type: oneOf('ClusterIP'),
      clusterIP: oneOf('None', ''),
      selector: required(labelMap),
      ports: list(servicePort),
      publishNotReadyAddresses: flag,
      ipFamilyPolicy: noEffect('the Pod decides its families'),
      ipFamilies: noEffect('the Pod decides its families'),
      sessionAffinity: only('None', 'one Pod answers'),
      internalTrafficPolicy: noEffect('there is one machine'),
    }),
  ),
})
export type Service = Of<typeof service>

const template = required(object({ metadata, spec: required(podSpec) }))
const rollout = noEffect('nothing is rolled out')

/** `kind: Deployment`: its Pods are run, nothing replaces them. */
export const deployment = object({
  apiVersion: required(only('apps/v1', 'a Deployment is in apps/v1')),
  kind: text,
  metadata: required(metadata),
  spec: required(
    object({
      replicas: integer,
      selector: required(object({ matchLabels: labelMap, matchExpressions: refused('use matchLabels') })),
      template,
      strategy: rollout,
      minReadySeconds: rollout,
      progressDeadlineSeconds: rollout,
      revisionHistoryLimit: rollout,
      paused: only(false, 'a paused Deployment has no Pods'),
    }),
  ),
})

/** `kind: Job`: one Pod, run once. */
export const job = object({
  apiVersion: required(only('batch/v1', 'a Job is in batch/v1')),
  kind: text,
  metadata: required(metadata),
  spec: required(
    object({
      template,
      completions: only(1, 'one Pod is run'),
      parallelism: only(1, 'one Pod is run'),
      backoffLimit: noEffect('a failed Pod is not replaced'),
      ttlSecondsAfterFinished: noEffect('everything is removed at the end'),
      activeDeadlineSeconds: refused("set it in the Pod's template"),
    }),
  ),
})
