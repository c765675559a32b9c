import { RefusedError, type ToolError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { at, conditionOf, type KubernetesObject, numberAt, wordsOf } from './object.ts'

/**
 * `complete`, or why it is not (https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions).
 * FailureTarget comes before Failed, while the Job's Pods are still being ended: it can only fail from then on.
 */
export function judgeJob(job: KubernetesObject): string | ToolError {
  const isTrue = (type: string): boolean => conditionOf(job, type)?.status === 'True'
  if (isTrue('Complete')) return 'complete'
  const failed = ['Failed', 'FailureTarget'].find(isTrue)
  if (failed !== undefined) {
    return new RefusedError(`the Job has failed: ${wordsOf(conditionOf(job, failed) ?? { reason: '', message: '' })}`, {
      hint: 'see its Pods with kubectl describe and kubectl logs',
    })
  }
  if (isTrue('Suspended') || at(job, 'spec', 'suspend') === true) return new NotYet('suspended', 'the Job is suspended')
  const count = (name: string): number => numberAt(job, 'status', name)
  const wanted = at(job, 'spec', 'completions')
  const of = typeof wanted === 'number' ? ` of ${wanted}` : ''
  const counts = `${count('succeeded')}${of} succeeded, ${count('active')} active, ${count('failed')} failed`
  return new NotYet(count('failed') > 0 ? 'retrying' : 'running', `the Job is not complete: ${counts}`)
}
