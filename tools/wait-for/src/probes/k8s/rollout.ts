import { RefusedError, type ToolError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { at, conditionOf, type KubernetesObject, numberAt, textAt, wordsOf } from './object.ts'

// The rules of `kubectl rollout status` (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go), in their order.

export function judgeDeployment(deployment: KubernetesObject): string | ToolError {
  const { status, observed, wanted } = countsOf(deployment)
  if (!observed) return unobserved()
  const progressing = conditionOf(deployment, 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return new RefusedError(`the rollout exceeded its progress deadline: ${progressing.message}`)
  }
  const failure = conditionOf(deployment, 'ReplicaFailure')
  const why = failure?.status === 'True' ? ` (${wordsOf(failure)})` : ''
  const updated = status('updatedReplicas')
  if (wanted !== undefined && updated < wanted) return rolling(`${updated} of ${wanted} replicas are updated${why}`)
  const old = status('replicas') - updated
  if (old > 0) return rolling(`${old} old replicas are still there`)
  const available = status('availableReplicas')
  if (available < updated) return rolling(`${available} of ${updated} updated replicas are available${why}`)
  return `${available} available`
}

export function judgeStatefulSet(set: KubernetesObject): string | ToolError {
  const { status, observed, wanted } = countsOf(set)
  if (onDelete(set)) return notRolling()
  if (!observed || status('observedGeneration') === 0) return unobserved()
  const ready = status('readyReplicas')
  if (wanted !== undefined && ready < wanted) return rolling(`${ready} of ${wanted} replicas are ready`)
  const updated = status('updatedReplicas')
  if (at(set, 'spec', 'updateStrategy', 'rollingUpdate') !== undefined) {
    const partition = at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
    const part = typeof partition === 'number' && wanted !== undefined ? wanted - partition : 0
    return updated < part ? rolling(`${updated} of ${part} replicas of the partition are updated`) : `${ready} ready`
  }
  if (textAt(set, 'status', 'updateRevision') !== textAt(set, 'status', 'currentRevision')) {
    return rolling(`${updated} replicas are updated`)
  }
  return `${ready} ready`
}

export function judgeDaemonSet(set: KubernetesObject): string | ToolError {
  const { status, observed } = countsOf(set)
  if (onDelete(set)) return notRolling()
  if (!observed) return unobserved()
  const wanted = status('desiredNumberScheduled')
  const updated = status('updatedNumberScheduled')
  if (updated < wanted) return rolling(`${updated} of ${wanted} Pods are updated`)
  const available = status('numberAvailable')
  if (available < wanted) return rolling(`${available} of ${wanted} updated Pods are available`)
  return `${available} available`
}

function countsOf(object: KubernetesObject): {
  readonly status: (name: string) => number
  readonly observed: boolean
  readonly wanted: number | undefined
} {
  const status = (name: string): number => numberAt(object, 'status', name)
  const replicas = at(object, 'spec', 'replicas')
  const observed = numberAt(object, 'metadata', 'generation') <= status('observedGeneration')
  return { status, observed, wanted: typeof replicas === 'number' ? replicas : undefined }
}

function onDelete(set: KubernetesObject): boolean {
  return textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete'
}

function notRolling(): ToolError {
  const hint = 'wait for a number instead, as in ?jsonpath={.status.numberReady}=3'
  return new RefusedError('its update strategy is OnDelete, which has no rollout to wait for', { hint })
}

function rolling(message: string): NotYet {
  return new NotYet('rolling out', message)
}

function unobserved(): NotYet {
  return new NotYet('not observed', 'its controller has not seen the newest specification yet')
}
