import { RefusedError, type ToolError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { at, conditionOf, type KubernetesObject, listAt, textAt, wordsOf } from './object.ts'

/** `ready`, or why the Pod is not. One that has ended is never ready again. */
export function judgePod(pod: KubernetesObject): string | ToolError {
  const phase = textAt(pod, 'status', 'phase')
  if (isLeaving(pod)) return phase === 'Failed' || phase === 'Succeeded' ? ended(pod, phase) : new NotYet('terminating')
  const ready = conditionOf(pod, 'Ready')
  if (ready?.status === 'True') return 'ready'
  for (const status of [
    ...listAt(pod, 'status', 'initContainerStatuses'),
    ...listAt(pod, 'status', 'containerStatuses'),
  ]) {
    const reason = textAt(status, 'state', 'waiting', 'reason')
    if (reason === '' || reason === 'PodInitializing' || reason === 'ContainerCreating') continue
    const message = textAt(status, 'state', 'waiting', 'message')
    return new NotYet(reason, `its container ${textAt(status, 'name')} waits: ${wordsOf({ reason, message })}`)
  }
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False') return new NotYet('not scheduled', `it is not scheduled: ${wordsOf(scheduled)}`)
  const why = ready === undefined ? '' : `: ${wordsOf(ready)}`
  return new NotYet(phase === 'Running' ? 'not ready' : phase.toLowerCase() || 'pending', `it is not ready${why}`)
}

/** A Pod that is being deleted or has ended does not count among those that a selector means: others take its place. */
export function isLeaving(pod: KubernetesObject): boolean {
  return (
    at(pod, 'metadata', 'deletionTimestamp') !== undefined || /Failed|Succeeded/.test(textAt(pod, 'status', 'phase'))
  )
}

function ended(pod: KubernetesObject, phase: string): ToolError {
  const words = wordsOf({ reason: textAt(pod, 'status', 'reason'), message: textAt(pod, 'status', 'message') })
  const sentence = phase === 'Failed' ? `the Pod has failed: ${words}` : 'the Pod has ended and will not be ready again'
  // A StatefulSet makes a new Pod of the same name.
  const again = listAt(pod, 'metadata', 'ownerReferences').some((owner) => textAt(owner, 'kind') === 'StatefulSet')
  if (again || at(pod, 'metadata', 'deletionTimestamp') !== undefined) return new NotYet(phase.toLowerCase(), sentence)
  const hint =
    phase === 'Failed'
      ? `kubectl logs ${textAt(pod, 'metadata', 'name')} says why`
      : 'wait for its end with ?jsonpath={.status.phase}=Succeeded'
  return new RefusedError(sentence, { hint })
}
